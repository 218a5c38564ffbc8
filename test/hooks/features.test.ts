import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Caller } from '../../lambdas/runtime/request.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { callApi } from '../support/call-api.ts';
import { until } from '../support/until.ts';
import type { FeaturesAnswer, FeaturesEvent } from './features-handler.ts';

let backend: LocalBackend;
let lambda: LambdaClient;
let ann: Person;
let noteId: string;

beforeAll(async () => {
  const sources = ['client', 'test/hooks/features-app.ts', 'test/hooks/features-handler.ts'];
  backend = await startLocal({ assembly: cachedAssembly({ app: 'test/hooks/features-app.ts', sources }) });
  const { endpointUrl: endpoint, region, credentials } = backend;
  lambda = new LambdaClient({ endpoint, region, credentials });
  ann = await newPerson(backend);
  const note = { method: 'POST', path: '/data/Note', token: ann.token, body: { text: 'x' } };
  noteId = ((await callApi(backend.apiUrl, note)).json as { id: string }).id;
}, 180_000);
afterAll(async () => {
  lambda.destroy();
  await backend.dispose();
});

const system: Caller = { kind: 'system' };
const forAnn = (): Caller => ({ kind: 'system', actor: ann.id });
const asAnn = (id = ann.id): Caller => ({ kind: 'user', id, username: id, groups: [], scopes: [], accessToken: '' });

const run = async (name: string, event: FeaturesEvent): Promise<FeaturesAnswer> => {
  const command = new InvokeCommand({ FunctionName: backend.outputs[`${name}Name`], Payload: JSON.stringify(event) });
  const { Payload, FunctionError } = await lambda.send(command);
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as FeaturesAnswer;
};

const ticket = { name: 'a.txt', type: 'text/plain', sizeBytes: 5 };

describe('FN12 a function that uses files and push inside of itself', () => {
  it.each([
    ['Everything', 'a file of nobody', () => system, 'POST', '/files/papers', ticket, 403, 'forbidden'],
    [
      'Everything',
      'a folder that its access does not name',
      forAnn,
      'GET',
      '/files/attachments?owner=me',
      undefined,
      404,
      'unknown_folder',
    ],
    ['Everything', 'a feature that its access does not name', () => system, 'GET', '/data/Note', undefined, 404, 'unknown_route'],
    ['Everything', 'the devices of nobody', () => system, 'GET', '/push/devices', undefined, 403, 'forbidden'],
    ['Everything', 'the usage of nobody', () => system, 'GET', '/files/usage', undefined, 403, 'forbidden'],
    [
      'Everything',
      'a message of its caller to everybody',
      asAnn,
      'POST',
      '/push/messages',
      { to: { all: true }, title: 'x' },
      403,
      'forbidden',
    ],
    ['Everything', 'the messages that were sent, for its caller', asAnn, 'GET', '/push/messages', undefined, 403, 'forbidden'],
    [
      'AsCaller',
      'the files of a record that its caller may not read',
      () => asAnn('bob'),
      'GET',
      `/files/attachments?record=`,
      undefined,
      404,
      'not_found',
    ],
    ['Reads', 'an upload that its access does not name', forAnn, 'POST', '/files/papers', ticket, 403, 'forbidden'],
  ] as const)('%s is refused %s', async (name, _what, caller, method, path, body, status, code) => {
    const named = path.endsWith('record=') ? `${path}${noteId}` : path;
    const answer = await run(name, { caller: caller(), method, path: named, ...(body && { body }) });
    expect({ status: answer.status, code: answer.json.code, json: answer.json }).toEqual({ status, code, json: answer.json });
  });

  it('uploads, lists, links, copies and deletes files of the user on whose behalf it acts', async () => {
    const { json: file } = await run('Everything', { caller: forAnn(), path: '', upload: 'hello' });
    expect(file).toMatchObject({ owner: ann.id, folder: 'papers', sizeBytes: 5 });
    const at = `/files/papers/${file.id}`;
    const ask = (method: string, path: string, body?: object) =>
      run('Everything', { caller: forAnn(), method, path, ...(body && { body }) });
    await until(
      async () => (await ask('GET', at)).json.status,
      (status) => status === 'ready',
    );
    expect((await run('Reads', { caller: system, path: `/files/papers?owner=${ann.id}` })).json.items).toMatchObject([{ id: file.id }]);
    expect((await run('Reads', { caller: system, path: `${at}/link` })).status).toBe(200);
    expect((await ask('POST', `${at}/copy`, { folder: 'papers' })).json).toMatchObject({ owner: ann.id, status: 'ready' });
    expect((await ask('PATCH', at, { name: 'b.txt' })).json.name).toBe('b.txt');
    expect((await ask('GET', `${at}/link`)).status).toBe(200);
    const moved = { caller: forAnn(), method: 'POST', path: `${at}/move`, body: { folder: 'papers', name: 'b.txt' }, key: 'move' };
    expect((await run('Everything', moved)).status).toBe(200);
    const fetched = await callApi(backend.apiUrl, { path: at, token: ann.token });
    expect(fetched.json).toMatchObject({ name: 'b.txt', owner: ann.id });
    expect((await ask('DELETE', at)).status).toBe(204);
  });

  it('leaves the event that it handles with a file that it makes, and shows it to nobody', async () => {
    const caller: Caller = { kind: 'system', actor: ann.id, cause: { id: 'event-9', depth: 4 } };
    const begun = await run('Everything', { caller, method: 'POST', path: '/files/papers', body: ticket });
    const { id } = begun.json.file;
    const rows = async (): Promise<string> => JSON.stringify((await backend.dump())['dynamodb']);
    expect(await rows()).toContain('event-9');
    const again = { caller: forAnn(), method: 'POST', path: `/files/papers/${id}/upload`, body: { type: 'text/plain', sizeBytes: 3 } };
    expect((await run('Everything', again)).status).toBe(201);
    expect(await rows()).not.toContain('event-9');
    expect(JSON.stringify(begun.json)).not.toContain('_cause');
  });

  it('begins an upload in parts once, and gives it up', async () => {
    const big = { name: 'a', type: 'text/plain', sizeBytes: 17 * 1024 ** 2 };
    const ask = (method: string, path: string, body?: object, key?: string) =>
      run('Everything', { caller: forAnn(), method, path, ...(body && { body }), ...(key && { key }) });
    const first = await ask('POST', '/files/papers', big, 'once');
    expect((await ask('POST', '/files/papers', big, 'once')).json.file.id).toBe(first.json.file.id);
    const at = `/files/papers/${first.json.file.id}/upload`;
    expect((await ask('GET', at)).json).toMatchObject({ kind: 'parts', arrived: [] });
    expect((await ask('DELETE', at)).status).toBe(204);
  });

  it('lists the files of a record as whoever may read it', async () => {
    const { status } = await run('AsCaller', { caller: asAnn(), path: `/files/attachments?record=${noteId}` });
    expect(status).toBe(200);
  });

  it('sends messages, now and later, reads what came of them, and calls them off', async () => {
    const send = (body: object, caller: Caller = system) => run('Everything', { caller, method: 'POST', path: '/push/messages', body });
    const now = await send({ to: { users: [ann.id] }, title: 'Hello' });
    expect(now).toMatchObject({ status: 202, json: { sender: 'system' } });
    expect((await send({ to: { all: true }, title: 'Hello' }, forAnn())).json.sender).toBe(ann.id);
    const later = await send({
      to: { topic: 'news' },
      title: 'Later',
      urgent: true,
      sendAt: new Date(backend.clock.now() + 3_600_000).toISOString(),
    });
    expect(later).toMatchObject({ status: 202, json: { status: 'scheduled' } });
    expect((await run('Everything', { caller: system, path: `/push/messages/${now.json.id}` })).status).toBe(200);
    expect((await run('Everything', { caller: system, path: '/push/messages' })).json.items.length).toBe(3);
    expect((await run('Everything', { caller: system, path: `/push/messages/${now.json.id}/deliveries` })).status).toBe(200);
    expect((await run('Everything', { caller: system, method: 'DELETE', path: `/push/messages/${later.json.id}` })).status).toBe(204);
  });

  it('was denied nothing that its access names, and needs what it is granted', () => {
    const { denied, used, granted } = backend.accessReport();
    expect(denied.filter(({ role }) => !role.includes('Reads')).map(({ role, action }) => `${role} ${action}`)).toEqual([]);
    const actionsOf = (accesses: typeof used): ReadonlySet<string> =>
      new Set(accesses.filter(({ role }) => role.includes('Everything')).map(({ action }) => action));
    const idle = [...actionsOf(granted)].filter((action) => !action.startsWith('logs:') && !actionsOf(used).has(action));
    expect(idle).toEqual([]);
  });
});
