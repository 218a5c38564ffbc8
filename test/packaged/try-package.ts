/**
 * Installs what `npm run build` has made as a stranger would, begins a backend with it in an empty folder, checks its types, runs it
 * and asks it. Run by `.ci/run` after the build: it needs the registry.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const place = mkdtempSync(join(tmpdir(), 'plinth-packaged-'));
const folder = join(place, 'my-app');
const startWithinMs = 60_000;

const run = (command: string, args: readonly string[], cwd = folder): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** @returns the address of the API, once the backend says so */
const started = (dev: ReturnType<typeof spawn>): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = '';
    const fail = () => reject(new Error(`npm run dev did not start the backend:\n${output}`));
    const timer = setTimeout(fail, startWithinMs);
    dev.once('exit', fail);
    const take = (chunk: Buffer): void => {
      output += stripVTControlCharacters(String(chunk));
      const [, url] = /API +(http:\S+)[\s\S]*Stop/.exec(output) ?? [];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    dev.stdout?.on('data', take);
    dev.stderr?.on('data', take);
  });

const ask = async (): Promise<void> => {
  const dev = spawn('npm', ['run', 'dev', '--', '--port', '0', '--aws-port', '0'], { cwd: folder, detached: true });
  const ended = new Promise((resolve) => dev.once('exit', resolve));
  try {
    const answer = await fetch(`${await started(dev)}/data/Note?filter=${encodeURIComponent('{"state":"published"}')}`);
    const text = await answer.text();
    if (answer.status !== 200 || text !== '{"items":[]}') throw new Error(`a list of no records answered ${answer.status}: ${text}`);
  } finally {
    if (dev.pid !== undefined && dev.exitCode === null) process.kill(-dev.pid, 'SIGTERM');
    await ended;
  }
};

try {
  mkdirSync(folder);
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', place], root)) as [{ readonly filename: string }];
  // As README has it: the Node.js of this machine may be too old.
  run('npm', ['install', '--no-audit', '--no-fund', join(place, filename), 'node@24']);
  process.stdout.write(run('npx', ['plinth', 'init']));
  run('npm', ['install', '--no-audit', '--no-fund']);
  run('npm', ['run', 'check']);
  await ask();
  process.stdout.write('The package installs, begins a backend, and runs it.\n');
} finally {
  rmSync(place, { recursive: true, force: true });
}
