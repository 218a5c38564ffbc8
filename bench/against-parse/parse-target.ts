import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackgroundProcess, freePort } from './background-process.ts';
import type { Postgres } from './postgres.ts';
import { send } from './send.ts';
import { type Member, PAGE_SIZE, type Target } from './target.ts';

const packageFolder = join(import.meta.dirname, 'node_modules', 'parse-server');
const json = { 'content-type': 'application/json' };

/** The version that is installed in this folder. */
export const parseVersion = (): string =>
  (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version;

/** Who has logged in may create; what is created only its owner may read and write, by the record's ACL. */
const noteSchema = {
  className: 'Note',
  fields: { text: { type: 'String' }, owner: { type: 'Pointer', targetClass: '_User' } },
  indexes: { ownerCreatedAt: { owner: 1, createdAt: 1 } },
  classLevelPermissions: Object.fromEntries(
    ['find', 'count', 'get', 'create', 'update', 'delete'].map((operation) => [operation, { requiresAuthentication: true }]),
  ),
};

const memberOf = ({ objectId, sessionToken }: Record<string, unknown>, headers: Readonly<Record<string, string>>): Member => {
  const authorized = { ...headers, 'x-parse-session-token': String(sessionToken) };
  const owner = { __type: 'Pointer', className: '_User', objectId };
  const acl = { [String(objectId)]: { read: true, write: true } };
  const query = new URLSearchParams({ where: JSON.stringify({ owner }), order: '-createdAt', limit: `${PAGE_SIZE}` });
  return {
    create: (text) => ({
      method: 'POST',
      path: '/classes/Note',
      headers: { ...authorized, ...json },
      body: JSON.stringify({ text, owner, ACL: acl }),
    }),
    get: (id) => ({ method: 'GET', path: `/classes/Note/${id}`, headers: authorized }),
    list: () => ({ method: 'GET', path: `/classes/Note?${query}`, headers: authorized }),
  };
};

/**
 * Starts parse-server's own command on a database, with its defaults and as in production.
 *
 * @throws Error with its log when it doesn't start
 */
export const startParse = async ({ uri: databaseURI, pid: databasePid }: Postgres): Promise<Target> => {
  const folder = mkdtempSync(join(tmpdir(), 'against-parse-server-'));
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const [appId, masterKey] = ['against-parse', crypto.randomUUID()];
  const configuration = { appId, masterKey, databaseURI, port, host: '127.0.0.1', mountPath: '/', serverURL: `${baseUrl}/` };
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 });
  const server = new BackgroundProcess(process.execPath, [join(packageFolder, 'bin', 'parse-server'), file], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
    logFile: join(folder, 'log'),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const headers = { 'x-parse-application-id': appId };
  const post = (path: string, body: object, more: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> =>
    send(baseUrl, { method: 'POST', path, headers: { ...headers, ...json, ...more }, body: JSON.stringify(body) });
  try {
    await server.ready(async () => ((await fetch(`${baseUrl}/health`, { headers })).ok ? true : undefined));
    await post('/schemas/Note', noteSchema, { 'x-parse-master-key': masterKey });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'parse-server',
    baseUrl,
    pids: [server.pid, databasePid],
    join: async () => {
      const username = `user-${crypto.randomUUID()}`;
      return memberOf(await post('/users', { username, password: 'correct-horse-1', email: `${username}@example.com` }), headers);
    },
    idOf: ({ objectId }) => String(objectId),
    recordsOf: ({ results }) => results as Record<string, unknown>[],
    stop,
  };
};
