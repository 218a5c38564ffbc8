import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountRoutes } from '../../contracts/auth.ts';
import { BackgroundProcess } from './background-process.ts';
import { send } from './send.ts';
import { type Member, PAGE_SIZE, type Target } from './target.ts';

const root = join(import.meta.dirname, '..', '..');
const json = { 'content-type': 'application/json' };

/** What `plinth dev` tells other commands while it runs. */
interface Announcement {
  readonly apiUrl: string;
  readonly endpointUrl: string;
}

const memberOf = (accessToken: string): Member => {
  const authorized = { authorization: `Bearer ${accessToken}` };
  return {
    create: (text) => ({ method: 'POST', path: '/data/Memo', headers: { ...authorized, ...json }, body: JSON.stringify({ text }) }),
    get: (id) => ({ method: 'GET', path: `/data/Memo/${id}`, headers: authorized }),
    list: () => ({ method: 'GET', path: `/data/Memo?limit=${PAGE_SIZE}`, headers: authorized }),
  };
};

/** Registers, confirms with the code of the inbox and logs in. */
const signUp = async ({ apiUrl, endpointUrl }: Announcement): Promise<Member> => {
  const email = `user-${crypto.randomUUID()}@example.com`;
  const password = 'correct-horse-1';
  const post = (path: string, body: object): Promise<Record<string, unknown>> =>
    send(apiUrl, { method: 'POST', path, headers: json, body: JSON.stringify(body) });
  await post(accountRoutes.register.path, { email, password });
  const inbox = await fetch(`${endpointUrl}/_plinth/inbox?to=${encodeURIComponent(email)}`);
  const messages = (await inbox.json()) as readonly { readonly code?: string }[];
  const code = messages.find((message) => message.code !== undefined)?.code;
  await post(accountRoutes.confirm.path, { email, code });
  const { accessToken } = await post(accountRoutes.login.path, { email, password });
  return memberOf(String(accessToken));
};

/**
 * Starts `plinth dev` for `bench/memos-app.ts`, with its data on disk.
 *
 * @throws Error with its log when it doesn't start
 */
export const startPlinth = async (): Promise<Target> => {
  const folder = mkdtempSync(join(tmpdir(), 'against-parse-plinth-'));
  const app = `"${process.execPath}" "${join(root, 'bench', 'memos-app.ts')}"`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app }));
  const options = ['--port', '0', '--aws-port', '0', '--no-demo-users', '--no-watch'];
  const server = new BackgroundProcess(process.execPath, [join(root, 'bin', 'plinth.ts'), 'dev', ...options], {
    cwd: folder,
    logFile: join(folder, 'log'),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const announced = await server.ready(
      async () => JSON.parse(readFileSync(join(folder, '.plinth', 'state', 'runtime.json'), 'utf8')) as Announcement,
    );
    return {
      name: 'Plinth',
      baseUrl: announced.apiUrl,
      pids: [server.pid],
      join: () => signUp(announced),
      idOf: ({ id }) => String(id),
      recordsOf: ({ items }) => items as Record<string, unknown>[],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
