import { createClient, memoryStorage, PlinthError } from '../../client/client.ts';
import { type CasesBackend, startCases } from '../cases/cases-backend.ts';
import type { casesDefinition } from '../cases/cases-definition.ts';

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const newClient = (storage = memoryStorage()) => createClient<typeof casesDefinition>({ url: backend.apiUrl, storage });
const signedIn = async (actor: 'a' | 'b' | 'admin') => {
  const client = newClient();
  const { email, password } = backend.users[actor];
  await client.auth.login({ email, password });
  return client;
};
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(PlinthError);
  const { code, requestId, detail } = failure as PlinthError;
  expect(requestId).toMatch(/\S/);
  expect(detail).toMatch(/\S/);
  return code;
};

describe('The client on a running backend', () => {
  it('takes a person from registering to deleting the account', async () => {
    const { auth } = newClient();
    const changes: boolean[] = [];
    auth.onChange((isSignedIn) => changes.push(isSignedIn));
    const email = 'eve@example.com';
    expect(await codeOf(auth.register({ email, password: 'short' }))).toBe('invalid_password');
    await auth.register({ email, password: 'correct-horse-1', name: 'Eve' });
    expect(await codeOf(auth.login({ email, password: 'correct-horse-1' }))).toBe('user_not_confirmed');
    expect(await codeOf(auth.confirm({ email, code: '000000' }))).toBe('invalid_code');
    await auth.confirm({ email, code: backend.codeFor(email) });
    expect(await codeOf(auth.login({ email, password: 'wrong-horse-1' }))).toBe('invalid_credentials');
    expect(await auth.login({ email, password: 'correct-horse-1' })).toMatchObject({ tokenType: 'Bearer' });
    expect(await auth.readMe()).toMatchObject({ email, name: 'Eve', emailVerified: true, groups: [] });
    expect(await auth.updateMe({ name: 'Eva' })).toMatchObject({ name: 'Eva' });
    await auth.refresh();
    await auth.changePassword({ password: 'correct-horse-1', newPassword: 'correct-horse-2' });
    expect(await auth.readMe()).toMatchObject({ name: 'Eva' });
    expect(await codeOf(auth.deleteMe())).toBe('reauth_required');
    await auth.deleteMe({ password: 'correct-horse-2' });
    expect(await auth.isSignedIn()).toBe(false);
    expect(changes.at(-1)).toBe(false);
  });

  it('creates, reads, changes and deletes records', async () => {
    const { data } = await signedIn('a');
    expect(await codeOf(data.Note.create({ title: '', slug: 'one' }))).toBe('validation_failed');
    const note = await data.Note.create({ title: 'One', slug: 'one' }, { idempotencyKey: true });
    expect(note).toMatchObject({ title: 'One', priority: 0, version: 1, owner: backend.users.a.id });
    expect(await data.Note.read(note.id)).toEqual(note);
    expect(await data.Note.lookUp('slug', 'one', { fields: ['title'], consistent: true })).toEqual({ id: note.id, title: 'One' });
    expect(await codeOf(data.Note.create({ title: 'Two', slug: 'one' }))).toBe('not_unique');
    const changed = await data.Note.update(note.id, { body: 'text', priority: 5 }, { ifMatch: note.version });
    expect(changed).toMatchObject({ body: 'text', priority: 5, version: 2 });
    expect(await codeOf(data.Note.update(note.id, { body: null }, { ifMatch: 1 }))).toBe('version_mismatch');
    expect(await data.Note.update(note.id, { body: null })).not.toHaveProperty('body');
    expect(await data.Note.replace(note.id, { title: 'New', slug: 'new' })).toMatchObject({ title: 'New', priority: 0, version: 4 });
    await data.Note.delete(note.id);
    expect(await codeOf(data.Note.read(note.id))).toBe('not_found');
  });

  it('repeats a keyed write without repeating its effect', async () => {
    const { data } = await signedIn('a');
    const first = await data.Note.create({ title: 'Once', slug: 'once' }, { idempotencyKey: 'once-1' });
    expect(await data.Note.create({ title: 'Once', slug: 'once' }, { idempotencyKey: 'once-1' })).toEqual(first);
    expect(await codeOf(data.Note.create({ title: 'Other', slug: 'other' }, { idempotencyKey: 'once-1' }))).toBe('idempotency_mismatch');
    await data.Note.delete(first.id);
  });

  it('lists, counts and expands', async () => {
    const { data } = await signedIn('b');
    const profile = await data.Profile.create({ nickname: 'bobby', phone: '1' });
    for (let index = 0; index < 5; index += 1) {
      await data.Note.create({ title: `N${index}`, slug: `n-${index}`, priority: index, profileId: profile.id });
    }
    const { items, cursor } = await data.Note.list({ limit: 2, sort: '-createdAt' });
    expect(items.map(({ title }) => title)).toEqual(['N4', 'N3']);
    const next = await data.Note.list({ limit: 3, sort: '-createdAt', cursor });
    expect(next.items.map(({ title }) => title)).toEqual(['N2', 'N1', 'N0']);
    const titles: string[] = [];
    for await (const note of data.Note.all({ limit: 2, fields: ['title'], filter: { priority: { gte: 2 } } })) titles.push(note.title);
    expect(titles.sort()).toEqual(['N2', 'N3', 'N4']);
    expect(await data.Note.count({ filter: { title: { ne: 'N0' } } })).toEqual({ count: 4, complete: true });
    const expanded = await data.Profile.read(profile.id, { expand: ['notes'] });
    expect(expanded.expanded.notes?.items).toHaveLength(5);
    const [withProfile] = (await data.Note.list({ expand: ['profile'], limit: 1 })).items;
    expect(withProfile?.expanded.profile).toEqual(profile);
    expect(await codeOf(newClient().data.Note.list())).toBe('unauthenticated');
  });

  it('does transactions, batches and operators', async () => {
    const client = await signedIn('a');
    const theirs = await (await signedIn('b')).data.Profile.create({ nickname: 'theirs', phone: '1' });
    const [profile, note] = await client.transaction((tx) => [
      tx.Profile.create({ nickname: 'ann', phone: '1' }),
      tx.Note.create({ title: 'A', slug: 'tx-a', tags: ['a'] }),
    ]);
    const operations = [{ model: 'Profile', id: profile.id } as const, { model: 'Note', id: note.id } as const];
    const failed = await client
      .transaction((tx) => [
        tx.Profile.check(profile.id, { ifMatch: 1 }),
        tx.Note.update(note.id, { priority: { increment: 5 } }),
        tx.Profile.update(theirs.id, { nickname: 'mine' }),
      ])
      .catch((error: PlinthError) => error);
    expect(failed).toMatchObject({ code: 'not_found', status: 404, errors: [{ pointer: '/operations/2' }] });
    const [, changed] = await client.transaction(
      (tx) => [
        tx.Profile.check(profile.id, { ifMatch: 1 }),
        tx.Note.update(note.id, { priority: { increment: 5 }, tags: { append: ['b'] } }),
      ],
      { returnRecords: true, idempotencyKey: true },
    );
    expect(changed).toMatchObject({ priority: 5, tags: ['a', 'b'], version: 2 });
    expect(await client.data.Note.update(note.id, { priority: { increment: -1 } })).toMatchObject({ priority: 4, version: 3 });
    const read = await client.batch.read([...operations, { model: 'Profile', id: theirs.id }], { consistent: true });
    expect(read).toMatchObject([
      { ok: true, record: { nickname: 'ann' } },
      { ok: true, record: { priority: 4 } },
      { ok: false, error: { code: 'not_found' } },
    ]);
    const written = await client.batch.write((write) => [
      write.Note.delete(note.id, { ifMatch: 3 }),
      write.Profile.update(theirs.id, { nickname: 'mine' }),
      write.Profile.delete(profile.id),
    ]);
    expect(written).toMatchObject([{ ok: true }, { ok: false, error: { code: 'not_found', status: 404 } }, { ok: true }]);
    expect(await codeOf(client.data.Note.read(note.id))).toBe('not_found');
  });

  it('looks after accounts as an admin', async () => {
    const { admin } = await signedIn('admin');
    const invited = await admin.users.invite({ email: 'ivy@example.com', groups: ['editors'] });
    expect(invited).toMatchObject({ email: 'ivy@example.com', status: 'invited', groups: ['editors'] });
    expect(await codeOf(admin.users.invite({ email: 'ivy@example.com' }))).toBe('already_exists');
    expect((await admin.users.list({ search: 'ivy' })).items).toHaveLength(1);
    expect(await admin.users.setGroups(invited.id, [])).toMatchObject({ groups: [] });
    await admin.users.disable(invited.id);
    expect(await admin.users.read(invited.id)).toMatchObject({ enabled: false });
    await admin.users.enable(invited.id);
    await admin.users.signOut(invited.id);
    await admin.users.delete(invited.id);
    expect(await codeOf(admin.users.read(invited.id))).toBe('not_found');
    expect(await codeOf((await signedIn('a')).admin.users.list())).toBe('forbidden');
  });

  it('completes the first login of somebody who was invited', async () => {
    const { admin } = await signedIn('admin');
    await admin.users.invite({ email: 'joe@example.com' });
    const { auth } = newClient();
    const reply = await auth.login({ email: 'joe@example.com', password: backend.invitedPassword('joe@example.com') });
    if (!('challenge' in reply)) throw new Error('the temporary password is no password to keep');
    expect(await auth.isSignedIn()).toBe(false);
    await auth.answerChallenge({ email: 'joe@example.com', session: reply.session, newPassword: 'correct-horse-3' });
    expect(await auth.readMe()).toMatchObject({ email: 'joe@example.com' });
  });

  it('keeps a session across visits until it is ended elsewhere', async () => {
    const storage = memoryStorage();
    const { email, password } = await backend.newUser();
    await newClient(storage).auth.login({ email, password });
    const later = newClient(storage);
    const { id } = await later.auth.readMe();
    await (await signedIn('admin')).admin.users.signOut(id);
    const changes: boolean[] = [];
    later.auth.onChange((isSignedIn) => changes.push(isSignedIn));
    expect(await codeOf(later.auth.readMe())).toBe('invalid_session');
    expect(changes).toEqual([false]);
  });
});
