import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '../../local/folder-lock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-lock-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockModule = join(import.meta.dirname, '..', '..', 'local', 'folder-lock.ts');

/** Another process that takes the lock and keeps it, or tells why it could not. */
async function lockElsewhere(): Promise<{ pid: number; said: string; end(signal: NodeJS.Signals): Promise<void> }> {
  const script = `import { lockFolder } from ${JSON.stringify(lockModule)};
    try { lockFolder(${JSON.stringify(folder)}); console.log('locked'); setInterval(() => {}, 1000); } catch (error) { console.log(error.message); }`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid ?? 0,
    said: said.toString().trim(),
    end: async (signal) => {
      if (child.exitCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

describe('lockFolder', () => {
  it('refuses a folder that this process holds already', () => {
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
    release();
  });

  it('FI19 refuses a folder that another process holds, and names it', async () => {
    const other = await lockElsewhere();
    expect(other.said).toBe('locked');
    expect(() => lockFolder(folder)).toThrow(`The data folder ${folder} is in use by process ${other.pid}.`);
    await other.end('SIGTERM');
  });

  it('makes another process name this one', async () => {
    const release = lockFolder(folder);
    const other = await lockElsewhere();
    expect(other.said).toContain(`in use by process ${process.pid}`);
    await other.end('SIGKILL');
    release();
  });

  it('takes over from a process that was killed', async () => {
    const other = await lockElsewhere();
    await other.end('SIGKILL');
    expect(existsSync(join(folder, 'lock'))).toBe(true);
    const release = lockFolder(folder);
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it.each([
    ['of an earlier process with the pid of this one', JSON.stringify({ pid: process.pid, startedAt: '1' })],
    ['of an earlier process whose pid another one has by now', JSON.stringify({ pid: process.ppid, startedAt: '1' })],
    ['that was cut off', '{"pid":'],
  ])('takes over a lock %s', (_name, content) => {
    writeFileSync(join(folder, 'lock'), content);
    lockFolder(folder)();
  });

  it('FI19 lets only one of many processes take over', async () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1 }));
    const all = await Promise.all(Array.from({ length: 4 }, lockElsewhere));
    expect(all.filter(({ said }) => said === 'locked')).toHaveLength(1);
    for (const each of all) await each.end('SIGKILL');
  });
});
