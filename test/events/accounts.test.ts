import { accountRoutes } from '../../contracts/auth.ts';
import { newPerson } from '../data/relations-backend.ts';
import { sendForm } from '../files/files-backend.ts';
import { callApi } from '../support/call-api.ts';
import { EventsBackend, type SeenEvent, until } from './events-backend.ts';

let backend: EventsBackend;
const password = 'correct-horse-1';

beforeAll(async () => {
  backend = await EventsBackend.start();
});
afterAll(() => backend?.stop());

const post = (path: string, body: object, token?: string) => callApi(backend.served.apiUrl, { method: 'POST', path, body, token });
const code = (email: string): string => backend.local?.inbox.list(email).find((message) => message.code !== undefined)?.code ?? '';
const ofUser = async (userId: string, count: number): Promise<readonly string[]> =>
  (await backend.about(userId, count)).map(({ type }) => type);
/** Longer than an announced deletion waits. */
const announcedSeconds = 40;

const register = async (): Promise<{ email: string; token: string; id: string }> => {
  const email = `user-${crypto.randomUUID()}@example.com`;
  await post(accountRoutes.register.path, { email, password });
  await post(accountRoutes.confirm.path, { email, code: code(email) });
  const { accessToken } = (await post(accountRoutes.login.path, { email, password })).json as { accessToken: string };
  const { id } = (await callApi(backend.served.apiUrl, { path: accountRoutes.readMe.path, token: accessToken })).json as { id: string };
  return { email, token: accessToken, id };
};

describe('accounts', () => {
  it('tells who has confirmed an account and who signs in, without the address', async () => {
    const { id, email } = await register();
    const events = await backend.about(id, 2);
    expect(events.map(({ type }) => type)).toEqual(['user.confirmed', 'user.signedIn']);
    for (const { data, actor, depth } of events) expect({ data, actor, depth }).toEqual({ data: { userId: id }, actor: id, depth: 0 });
    expect(JSON.stringify(events)).not.toContain(email);
  });

  it('takes a recovered password for no confirmation', async () => {
    const { id, email } = await register();
    await post(accountRoutes.forgotPassword.path, { email });
    await post(accountRoutes.resetPassword.path, { email, code: code(email), newPassword: `${password}-new` });
    await post(accountRoutes.login.path, { email, password: `${password}-new` });
    expect((await ofUser(id, 3)).toSorted()).toEqual(['user.confirmed', 'user.signedIn', 'user.signedIn']);
  });

  it('tells of accounts that people and admins have deleted', async () => {
    const gone = await register();
    const body = { password };
    expect(
      (await callApi(backend.served.apiUrl, { method: 'DELETE', path: accountRoutes.deleteMe.path, token: gone.token, body })).status,
    ).toBe(204);
    const admin = await newPerson(backend.served, ['admins']);
    const removed = await register();
    await backend.call(admin, 'DELETE', `/admin/users/${removed.id}`);
    backend.pass(announcedSeconds);
    const deletion = async (id: string): Promise<SeenEvent | undefined> => {
      const events = await until(
        () => backend.about(id, 1),
        (seen) => seen.some(({ type }) => type === 'user.deleted'),
      );
      return events.find(({ type }) => type === 'user.deleted');
    };
    expect(await deletion(gone.id)).toMatchObject({ id: `user.deleted:${gone.id}`, actor: gone.id, data: { userId: gone.id } });
    expect(await deletion(removed.id)).toMatchObject({ id: `user.deleted:${removed.id}`, actor: admin.id });
  });

  it('tells of no deletion that did not happen', async () => {
    const kept = await register();
    const admin = await newPerson(backend.served, ['admins']);
    const stranger = crypto.randomUUID();
    await callApi(backend.served.apiUrl, {
      method: 'DELETE',
      path: accountRoutes.deleteMe.path,
      token: kept.token,
      body: { password: 'wrong-horse-1' },
    });
    expect((await callApi(backend.served.apiUrl, { method: 'DELETE', path: `/admin/users/${stranger}`, token: admin.token })).status).toBe(
      404,
    );
    backend.pass(announcedSeconds);
    await post(accountRoutes.login.path, { email: kept.email, password });
    const types = await ofUser(kept.id, 3);
    expect(types).not.toContain('user.deleted');
    expect((await backend.seen()).filter(({ data }) => data.userId === stranger)).toEqual([]);
  });
});

describe('files', () => {
  it('tells when a file is ready, refused and deleted, and nothing of uploads that are on their way', async () => {
    const ada = await backend.person();
    const upload = async (text: string, type: string): Promise<string> => {
      const { file, upload: form } = await backend.call(ada, 'POST', '/files/papers', { name: 'a', type, sizeBytes: text.length });
      await sendForm(form, Buffer.from(text));
      return file.id;
    };
    const good = await upload('plain words', 'text/plain');
    const bad = await upload('plain words', 'image/png');
    const [ready] = await backend.about(good, 1, 'Papers');
    expect(ready).toMatchObject({
      type: 'file.ready',
      depth: 0,
      actor: ada.id,
      data: { id: good, folder: 'papers', owner: ada.id, status: 'ready', type: 'text/plain' },
    });
    expect(Object.keys(ready?.data)).not.toEqual(expect.arrayContaining(['key']));
    expect((await backend.about(bad, 1, 'Papers'))[0]).toMatchObject({
      type: 'file.refused',
      actor: ada.id,
      data: { reason: 'type_mismatch' },
    });
    const { upload: anew } = await backend.call(ada, 'POST', `/files/papers/${good}/upload`, { type: 'text/plain', sizeBytes: 3 });
    await sendForm(anew, Buffer.from('new'));
    expect((await backend.about(good, 2, 'Papers'))[1]).not.toHaveProperty('actor');
    await backend.call(ada, 'DELETE', `/files/papers/${good}`);
    const all = await backend.about(good, 3, 'Papers');
    expect(all.map(({ type }) => type).toSorted()).toEqual(['file.deleted', 'file.ready', 'file.ready']);
    expect(all.find(({ type }) => type === 'file.deleted')).not.toHaveProperty('actor');
    expect((await backend.seen('Papers')).length).toBe(4);
  });
});
