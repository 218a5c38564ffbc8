import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackgroundProcess, freePort } from './background-process.ts';

/** A PostgreSQL cluster that lives as long as the run. */
export interface Postgres {
  readonly uri: string;
  readonly version: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const packagedFolder = '/usr/lib/postgresql';

/** Debian keeps the server's programs out of the path, one folder per version. */
const binFolder = (): string => {
  const versions = existsSync(packagedFolder) ? readdirSync(packagedFolder).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(packagedFolder, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found === undefined) throw new Error('There is no PostgreSQL server. Install it, for example: apt-get install postgresql');
  return found;
};

const idOf = (option: '-u' | '-g'): number => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));

/** PostgreSQL refuses to run as root; the package's user does it instead. */
const unprivileged = (): { uid?: number; gid?: number } => (process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {});

/**
 * Makes a cluster in a temporary folder and starts it on a free port of 127.0.0.1, with PostgreSQL's own settings.
 *
 * @param settings over the defaults, as `name=value`
 * @throws Error when no server is installed or it doesn't start
 */
export const startPostgres = async (settings: readonly string[]): Promise<Postgres> => {
  const bin = binFolder();
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'against-parse-postgres-'));
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  const password = crypto.randomUUID();
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const { uid, gid } = user;
  if (uid !== undefined && gid !== undefined) for (const path of [folder, data, passwordFile]) chownSync(path, uid, gid);

  const options = { cwd: folder, ...user, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  const initialize = ['-D', data, '-U', 'parse', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
  execFileSync(join(bin, 'initdb'), initialize, { ...options, stdio: 'pipe' });
  const port = await freePort();
  const given = [...settings, 'listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`];
  const server = new BackgroundProcess(
    join(bin, 'postgres'),
    ['-D', data, ...given.flatMap((setting) => ['-c', setting])],
    // SIGINT is PostgreSQL's fast shutdown: it waits for no client.
    { ...options, logFile: join(folder, 'log'), stopSignal: 'SIGINT' },
  );
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.ready(async () => execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', `${port}`], { stdio: 'pipe' }));
  } catch (error) {
    await stop();
    throw error;
  }
  const version = /\d+(\.\d+)+/.exec(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
  return { uri: `postgres://parse:${password}@127.0.0.1:${port}/postgres`, version, pid: server.pid, stop };
};
