import { createClient } from '../../client/client.ts';
import type { Person } from '../data/relations-backend.ts';
import { pixel } from '../files/files-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { signUpUser } from '../support/start-local.ts';
import type { definition } from './access-app.ts';
import { type Body, FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('access-app');
  [ann, bob] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(() => backend.stop());

const note = async (who: Person, text: string): Promise<Body> =>
  (await backend.call(who, { method: 'POST', path: '/data/Note', body: { text } })).json;
const read = async (who: Person, id: string): Promise<Body> => (await backend.call(who, { path: `/data/Note/${id}` })).json;
const work = async (who: Person, name: string, body: object): Promise<Body> => (await backend.run(who, name, body)).json?.result;

describe('Functions that act as their caller', () => {
  it('FN12 cannot do more than the caller can', async () => {
    const { id } = await note(ann, 'mine');
    for (const step of ['get', 'update', 'delete']) {
      expect(await work(bob, 'work', { step, id, as: 'caller' })).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect(await work(bob, 'work', { step: 'list', as: 'caller' })).toEqual([]);
    expect(await read(ann, id)).toMatchObject({ text: 'mine', version: 1 });
  });

  it('FN12 do in the name of the caller what the caller may do', async () => {
    const created = await work(bob, 'work', { step: 'create', id: 'by a function', as: 'caller' });
    expect(created).toMatchObject({ text: 'by a function', owner: bob.id });
    expect(await work(bob, 'work', { step: 'get', id: created.id, as: 'caller' })).toMatchObject({ id: created.id });
    expect(await work(bob, 'work', { step: 'files', as: 'caller' })).toBe(0);
  });

  it('are told that there is none in a run that nobody called', async () => {
    const { id } = await note(ann, 'followed');
    const line = await backend.until(() => backend.lines.find(({ text }) => text.startsWith(`effect followed ${id}`)));
    expect(line.text).toContain('undefined nobody called this run');
  });
});

describe('Functions with little time', () => {
  it('read and write as others do, also past hooks', async () => {
    const { id } = await note(ann, 'in a hurry');
    expect(await work(ann, 'quick', { step: 'list', as: 'caller' })).toContain(id);
    expect(await work(ann, 'quick', { step: 'count', as: 'caller' })).toMatchObject({ count: expect.any(Number), complete: true });
    expect(await work(ann, 'quick', { step: 'batch' })).toEqual(['created', 'created']);
    expect(await work(ann, 'brisk', { step: 'batch', as: 'caller' })).toEqual(['created', 'created']);
  });
});

describe('Functions that act as the system', () => {
  it('FN12 are held back by no rule, and own what they make for whoever called', async () => {
    const { id } = await note(ann, 'of another');
    expect(await work(bob, 'work', { step: 'get', id })).toMatchObject({ id, owner: ann.id });
    expect(await work(bob, 'work', { step: 'update', id })).toMatchObject({ id, text: 'changed', owner: ann.id });
    expect(await work(bob, 'work', { step: 'create', id: 'new' })).toMatchObject({ owner: bob.id });
  });

  it('FN12 cannot do what their access does not name', async () => {
    const { id } = await note(ann, 'seen only');
    expect(await work(ann, 'narrow', { step: 'get', id })).toMatchObject({ id });
    expect(await work(ann, 'narrow', { step: 'update', id })).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await work(ann, 'narrow', { step: 'delete', id })).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await work(ann, 'narrow', { step: 'audit', id })).toMatchObject({ status: 404, code: 'unknown_model' });
    expect(await work(ann, 'narrow', { step: 'push', id })).toMatchObject({ status: 404, code: 'unknown_route' });
    expect(await read(ann, id)).toMatchObject({ text: 'seen only', version: 1 });
  });

  it('fail where the access names nothing, and say in the log what to name', async () => {
    expectProblem(await backend.run(ann, 'none', { step: 'get', id: 'x' }), { status: 500, code: 'internal_error' });
    expect(backend.logged()).toContain('use.data, use.files, use.push, use.email or use.analytics');
  });

  it('send messages', async () => {
    expect(await work(ann, 'work', { step: 'push', id: ann.id })).toMatchObject({ status: 'queued' });
  });
});

describe('Functions that send e-mails', () => {
  it('send them by their access, and not without', async () => {
    const address = `${crypto.randomUUID()}@example.com`;
    expect(await work(ann, 'narrow', { step: 'email', id: address })).toMatchObject({ status: 404, code: 'unknown_route' });
    expect(await work(ann, 'work', { step: 'email', id: address })).toMatchObject({ sender: ann.id, deliveries: [{ status: 'queued' }] });
    const mail = await backend.until(() => backend.local.inbox.list(address)[0]);
    expect(JSON.stringify(mail)).toContain('A receipt');
  });
});

describe('Functions that are asked before a write', () => {
  it('refuse it with a word, a status and a text', async () => {
    const answered = await backend.call(ann, { method: 'POST', path: '/data/Note', body: { text: 'rude' } });
    expect(answered.status).toBe(422);
    expect(answered.json).toMatchObject({ code: 'hook_refused', detail: 'Say it nicely.', reason: 'is_rude' });
    const { id } = await note(ann, 'kept');
    expect((await backend.call(ann, { method: 'DELETE', path: `/data/Note/${id}` })).status).toBe(409);
    expect(await read(ann, id)).toMatchObject({ text: 'kept' });
  });

  it('refuse it with 422 in place of a status that hooks do not have, and the log says so', async () => {
    const answered = await backend.call(ann, { method: 'POST', path: '/data/Note', body: { text: 'odd' } });
    expect({ status: answered.status, ...answered.json }).toMatchObject({ status: 422, code: 'hook_refused', reason: 'is_odd' });
    const said = 'a hook refuses with 400, 403, 409, 422 only: the write is refused with 422, not 404';
    await backend.until(() => backend.logged().includes(said) || undefined);
  });

  it('FN15 refuse it when they fail, and tell nothing of it', async () => {
    const answered = await backend.call(ann, { method: 'POST', path: '/data/Note', body: { text: 'breaks' } });
    expect(answered.status).toBeGreaterThanOrEqual(500);
    expect(answered.text).not.toContain('guard');
    expect(backend.logged()).toContain('the guard is broken');
  });

  it('change what is written', async () => {
    const { id, text } = await note(ann, 'amended');
    expect(text).toBe(`amended before create for ${ann.id}`);
    const headers = { 'content-type': 'application/merge-patch+json' };
    await backend.call(ann, { method: 'PATCH', path: `/data/Note/${id}`, body: { text: 'amended' }, headers });
    expect(await read(ann, id)).toMatchObject({ text: `amended before update for ${ann.id}`, version: 2 });
  });

  it('are asked for callers, and not for the system', async () => {
    expect(await work(ann, 'work', { step: 'create', id: 'rude', as: 'caller' })).toMatchObject({ code: 'hook_refused' });
    expect(await work(ann, 'work', { step: 'create', id: 'rude' })).toMatchObject({ text: 'rude' });
  });
});

describe('A function that hears of files and accounts', () => {
  it('runs when a file of the folder is ready, and reads it', async () => {
    const client = createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => ann.token });
    await client.files.avatars.upload(pixel, { name: 'me.png', type: 'image/png' });
    await backend.until(() => backend.lines.find(({ text }) => text.startsWith(`effect arrived avatars ${ann.id} ready`)));
  });

  it('runs when somebody has confirmed an account', async () => {
    const email = `new-${crypto.randomUUID()}@example.com`;
    await signUpUser(backend.local, { email });
    await backend.until(() => backend.lines.find(({ text }) => /^effect confirmed [0-9a-f-]{36} done/.test(text)));
  });
});

describe('A function that changes what it hears of', () => {
  it('FN05 is stopped after eight rounds, with the event among the dead letters', async () => {
    const { id } = (await backend.call(ann, { method: 'POST', path: '/data/Lap', body: {} })).json;
    const headers = { 'content-type': 'application/merge-patch+json' };
    await backend.call(ann, { method: 'PATCH', path: `/data/Lap/${id}`, body: { count: { increment: 1 } }, headers });
    const laps = async (): Promise<number> => (await backend.call(ann, { path: `/data/Lap/${id}` })).json.count;
    const ran = await backend.until(async () => {
      const before = await laps();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return before > 1 && before === (await laps()) ? before : undefined;
    }, 60_000);
    expect(ran).toBe(10);
    const { sqs } = (await backend.local.dump()) as Body;
    const dead = Object.entries(sqs as Readonly<Record<string, unknown>>).filter(([url]) => url.includes('RelayDeadLetters'));
    expect(JSON.stringify(dead)).toContain('too_deep');
    expect((await backend.call(ann, { path: '/data/Lap' })).status).toBeLessThan(500);
  });
});

describe('A function that is asked before a registration', () => {
  const register = (email: string) =>
    backend.call(undefined, { method: 'POST', path: '/auth/register', body: { email, password: 'correct-horse-1' } });

  it('refuses it', async () => {
    const answered = await register('eve@blocked.example.com');
    expect(answered.status).toBe(403);
    expect(answered.json).toMatchObject({ code: 'registration_refused', reason: 'is_blocked' });
  });

  it('lets others in', async () => {
    expect((await register('eve@example.com')).status).toBeLessThan(300);
  });
});
