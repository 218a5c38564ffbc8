import type { FileEntry, PartsReply, UploadReply } from '../../contracts/files.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { signUpUser } from '../support/start-local.ts';
import { filesApp, pixel, sendForm } from './files-backend.ts';

let backend: LocalBackend;
let token: string;

beforeAll(async () => {
  backend = await startLocal({ assembly: cachedAssembly(filesApp) });
  token = (await signUpUser(backend)).accessToken;
});
afterAll(() => backend?.dispose());

const call = (method: string, path: string, body?: object, headers = {}): Promise<ApiAnswer> =>
  callApi(backend.apiUrl, { method, path, token, headers, ...(body && { body }) });

const ready = async (id: string): Promise<void> => {
  const end = Date.now() + 60_000;
  while (((await call('GET', `/files/papers/${id}`)).json as FileEntry).status !== 'ready') {
    if (Date.now() > end) throw new Error('the file was not looked at');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Everything that the routes of files can do, in an order in which they can. */
const useAllRoutes = async (): Promise<readonly number[]> => {
  const statuses: number[] = [];
  const done = async (answer: Promise<ApiAnswer>): Promise<unknown> => {
    const { status, json } = await answer;
    statuses.push(status);
    return json;
  };
  const note = (await done(call('POST', '/data/Note', { title: 'x' }))) as { readonly id: string };
  const image = { type: 'image/png', sizeBytes: pixel.length };
  const { file, upload } = (await done(call('POST', '/files/papers', { name: 'a.png', ...image }))) as UploadReply;
  await sendForm(upload, pixel);
  await ready(file.id);
  await done(call('GET', `/files/papers/${file.id}/link`));
  await done(call('GET', '/files/papers?limit=1'));
  await done(call('GET', '/files/avatars'));
  await done(call('GET', '/files/usage'));
  await done(call('PATCH', `/files/papers/${file.id}`, { name: 'b.png' }));
  await done(call('POST', `/files/papers/${file.id}/copy`, { folder: 'attachments', record: note.id }));
  await done(call('POST', `/files/papers/${file.id}/move`, { folder: 'avatars' }, { 'idempotency-key': 'k' }));
  await done(call('POST', `/files/avatars/${file.id}/upload`, image));
  await done(call('DELETE', `/files/avatars/${file.id}/upload`));
  await done(call('DELETE', `/files/avatars/${file.id}`));
  const big = { name: 'a', type: 'text/plain', sizeBytes: 17 * 1024 ** 2 };
  const twice = { 'idempotency-key': 'twice' };
  const { file: inParts } = (await done(call('POST', '/files/drops', big, twice))) as UploadReply;
  await done(call('POST', '/files/drops', big, twice));
  const at = `/files/drops/${inParts.id}/upload`;
  const { parts } = (await done(call('POST', `${at}/parts`, { partNumbers: [3] }))) as PartsReply;
  statuses.push((await fetch(parts[0]?.url ?? '', { method: 'PUT', body: new Uint8Array(1024 ** 2) })).status);
  await done(call('GET', at));
  await done(call('DELETE', at));
  return statuses;
};

describe('the function behind /files/*', () => {
  it('needs every action that it is granted, and no other', async () => {
    const statuses = await useAllRoutes();
    expect(statuses.filter((status) => status >= 300)).toEqual([]);
    const { used, denied, granted } = backend.accessReport();
    const actionsOf = (accesses: typeof used): ReadonlySet<string> =>
      new Set(accesses.filter(({ role }) => role.includes('FilesFunctionRole')).map(({ action }) => action));
    expect([...actionsOf(denied)]).toEqual([]);
    const needed = actionsOf(used);
    const idle = [...actionsOf(granted)].filter((action) => !action.startsWith('logs:') && !needed.has(action));
    expect(idle).toEqual([]);
  });
});
