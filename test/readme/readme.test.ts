import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { consoleSteps, normalized } from './console-blocks.ts';

const root = join(import.meta.dirname, '..', '..');
const [install, run, ...firstFiveMinutes] = consoleSteps(readFileSync(join(root, 'README.md'), 'utf8'));

/** The project as a clone would have it, without what git ignores. Its packages are those that `npm ci` has just installed here. */
const cloneProject = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-readme-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer()
      .once('error', () => done(false))
      .listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });

/** A shell that keeps its variables from one step to the next, as the reader's does. */
const openShell = (folder: string) => {
  const shell = spawn('bash', ['--norc'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, PS1: '' } });
  const runStep = (command: string): Promise<string> =>
    new Promise((done) => {
      let output = '';
      const onData = (chunk: Buffer): void => {
        output += chunk.toString();
        if (!output.includes('\n@end@\n')) return;
        shell.stdout.off('data', onData);
        done(output.replace('\n@end@\n', ''));
      };
      shell.stdout.on('data', onData);
      shell.stdin.write(`${command} 2>&1\nprintf '\\n@end@\\n'\n`);
    });
  return { runStep, close: () => shell.stdin.end() };
};

const untilReady = (backend: ChildProcess): Promise<string> =>
  new Promise((done, failed) => {
    let output = '';
    backend.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl+C')) done(output);
    });
    backend.on('exit', (code) => failed(new Error(`"${run?.command}" ended with ${code}:\n${output}`)));
  });

describe('README', () => {
  let folder: string;
  let backend: ChildProcess;
  let banner: string;

  beforeAll(async () => {
    if (!((await isFree(3000)) && (await isFree(3001)))) throw new Error('ports 3000 and 3001 must be free: README uses the default ports');
    folder = cloneProject();
    backend = spawn('bash', ['-c', `exec ${run?.command}`], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    banner = await untilReady(backend);
  }, 60_000);

  afterAll(async () => {
    const ended = new Promise((done) => backend.once('exit', done));
    backend.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('begins with the two commands that install and run', () => {
    expect([install?.command, run?.command]).toEqual(['npm ci', 'npm run dev']);
  });

  it('shows what a started backend prints', () => {
    expect(normalized(banner)).toContain(normalized(run?.output ?? 'nothing is promised'));
  });

  it('keeps its word in the first five minutes', async () => {
    expect(firstFiveMinutes.length).toBeGreaterThan(5);
    const shell = openShell(folder);
    for (const { command, output } of firstFiveMinutes) {
      expect({ command, output: normalized(await shell.runStep(command)) }).toEqual({ command, output: normalized(output) });
    }
    shell.close();
  }, 60_000);
});
