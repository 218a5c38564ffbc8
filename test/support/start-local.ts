import { accountRoutes } from '../../contracts/auth.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { exampleAssembly } from './example-assembly.ts';

/** Starts `examples/notes` in memory on free ports; with `folder` it keeps its state there. Dispose of it in `afterAll`. */
export const startTestBackend = (options: Partial<LocalOptions> = {}): Promise<LocalBackend> =>
  startLocal({ assembly: exampleAssembly(), ...options });

/** Somebody who has registered, confirmed the address and logged in. */
export interface TestUser {
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Registers, confirms with the code of the inbox and logs in, all through the API, as a person would. */
export async function signUpUser(
  backend: LocalBackend,
  { email = `user-${crypto.randomUUID()}@example.com`, password = 'correct-horse-1' } = {},
): Promise<TestUser> {
  await post(backend, accountRoutes.register.path, { email, password });
  const code = backend.inbox.list(email).find((message) => message.code !== undefined)?.code;
  if (code === undefined) throw new Error(`no code came for ${email}`);
  await post(backend, accountRoutes.confirm.path, { email, code });
  const tokens = (await post(backend, accountRoutes.login.path, { email, password })) as Pick<TestUser, 'accessToken' | 'refreshToken'>;
  return { email, password, accessToken: tokens.accessToken, refreshToken: tokens.refreshToken };
}

async function post(backend: LocalBackend, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${backend.apiUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
