import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { consoleSteps, normalized } from './console-blocks.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [install, run, ...steps] = consoleSteps(readme);
const photosAt = steps.findIndex(({ command }) => command.startsWith('npm run dev '));
const firstFiveMinutes = steps.slice(0, photosAt);
const [runPhotos, ...photoSteps] = steps.slice(photosAt);

/** The project as a clone would have it, without what git ignores. Its packages are those that `npm ci` has just installed here. */
const cloneProject = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-readme-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
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

const untilReady = (backend: ChildProcess, command?: string): Promise<string> =>
  new Promise((done, failed) => {
    let output = '';
    backend.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl+C')) done(output);
    });
    backend.on('exit', (code) => failed(new Error(`"${command}" ended with ${code}:\n${output}`)));
  });

/** In a group of its own, as a shell starts it, so that Ctrl+C reaches npm and all that npm has started. */
const start = (folder: string, command = ''): ChildProcess =>
  spawn('bash', ['-c', `exec ${command}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1' },
    detached: true,
  });

const pressCtrlC = async (backend: ChildProcess): Promise<void> => {
  if (backend.pid === undefined || backend.exitCode !== null || backend.signalCode !== null) return;
  const closed = new Promise((done) => backend.once('close', done));
  process.kill(-backend.pid, 'SIGINT');
  await closed;
};

/** What happens behind a queue shows a moment later. */
const patienceMs = (command: string): number => (command.includes(' inbox ') ? 45_000 : 0);

/** Does what the reader does, one step after the other, and compares what comes. */
const follow = async (folder: string, promised: typeof steps): Promise<void> => {
  const shell = openShell(folder);
  try {
    for (const { command, output } of promised) {
      const end = Date.now() + patienceMs(command);
      let shown = normalized(await shell.runStep(command));
      while (shown !== normalized(output) && Date.now() < end) shown = normalized(await shell.runStep(command));
      expect({ command, output: shown }).toEqual({ command, output: normalized(output) });
    }
  } finally {
    shell.close();
  }
};

const assertPortsFree = async (): Promise<void> => {
  const taken = [];
  for (const port of [3000, 3001, 3002]) if (!(await isFree(port))) taken.push(port);
  if (taken.length > 0) throw new Error(`${taken.join(', ')} must be free: README uses the default ports`);
};

/** A tour as README shows it, to those who have the package. */
const asUsers = (tour: string): string =>
  `\`\`\`ts\n${readFileSync(join(root, tour), 'utf8')
    .replace("'../../client/client.ts'", "'plinth/client'")
    .replace("'../../client/node.ts'", "'plinth/node'")
    .replace("'./backend.ts'", "'./backend'")}\`\`\``;

describe('README', () => {
  let folder: string;
  let backend: ChildProcess;
  let banner: string;

  beforeAll(async () => {
    await assertPortsFree();
    folder = cloneProject();
    backend = start(folder, run?.command);
    banner = await untilReady(backend, run?.command);
  });

  afterAll(async () => {
    await pressCtrlC(backend);
    rmSync(folder, { recursive: true, force: true });
  });

  it('links only to pages that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it('begins with the two commands that install and run', () => {
    expect([install?.command, run?.command]).toEqual(['npm ci', 'npm run dev']);
  });

  it('shows what a started backend prints', () => {
    expect(normalized(banner)).toContain(normalized(run?.output ?? 'nothing is promised'));
  });

  it('keeps its word in the first five minutes', async () => {
    expect(firstFiveMinutes.length).toBeGreaterThan(5);
    await follow(folder, firstFiveMinutes);
  });

  it('shows the tour of the client, which runs against this backend', async () => {
    expect(readme).toContain(asUsers('examples/notes/tour.ts'));
    const output = execFileSync(process.execPath, ['examples/notes/tour.ts'], { cwd: folder, encoding: 'utf8' });
    expect(output).toBe(
      ['From the client is published with priority 2', 'it is listed: true', 'neither is done: not_unique at /operations/1', ''].join('\n'),
    );
  });

  it('has everything after a stop and a start', async () => {
    const logIn = () =>
      fetch('http://127.0.0.1:3000/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'grace@example.com', password: 'compiler-1952' }),
      });
    expect((await logIn()).status).toBe(200);
    await pressCtrlC(backend);
    backend = start(folder, run?.command);
    await untilReady(backend, run?.command);
    expect((await logIn()).status).toBe(200);
  });
});

describe('README, on photos', () => {
  let folder: string;
  let backend: ChildProcess;
  let banner: string;

  beforeAll(async () => {
    await assertPortsFree();
    folder = cloneProject();
    backend = start(folder, runPhotos?.command);
    banner = await untilReady(backend, runPhotos?.command);
  });

  afterAll(async () => {
    await pressCtrlC(backend);
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows what a started backend prints, and no warning', () => {
    const lines = normalized(banner).split('\n');
    expect(lines.slice(lines.findIndex((line) => line !== '' && !line.startsWith('> '))).join('\n')).toBe(
      normalized(runPhotos?.output ?? ''),
    );
  });

  it('keeps its word about files and push, its tour first', async () => {
    expect(readme).toContain(asUsers('examples/photos/tour.ts'));
    expect(photoSteps.length).toBeGreaterThan(5);
    await follow(folder, photoSteps);
  });
});
