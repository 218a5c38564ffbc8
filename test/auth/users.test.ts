import { type AuthRoute, userRoutes } from '../../contracts/auth.ts';
import { expectNoInternals, expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, type AuthUser, goodPassword } from './auth-backend.ts';

let backend: AuthBackend;
let admin: AuthUser;
let person: AuthUser;
beforeAll(async () => {
  backend = await AuthBackend.start({ groups: ['editors', 'readers'] });
  admin = await backend.newUser(['admins']);
  person = await backend.newUser(['editors']);
});
afterAll(() => backend?.stop());

const nobody = '11111111-1111-4111-8111-111111111111';
const bodies: Partial<Record<AuthRoute, object>> = { inviteUser: { email: 'invited@example.com' }, setUserGroups: { groups: ['readers'] } };
const asAdmin = (key: AuthRoute, call: Parameters<AuthBackend['call']>[1] = {}) => backend.call(key, { token: admin.token, ...call });
const logIn = (email: string, password = goodPassword) => backend.call('login', { body: { email, password } });
const keys = Object.keys(userRoutes) as (keyof typeof userRoutes)[];

describe('AZ25 every admin route', () => {
  it.each(keys)('%s refuses guests and users, and does nothing', async (key) => {
    const users = await backend.users();
    const call = { path: { id: person.id }, body: bodies[key] };
    expectProblem(await backend.call(key, call), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call(key, { ...call, token: person.token }), { status: 403, code: 'forbidden' });
    expect(await backend.users()).toBe(users);
    expect(backend.messagesTo('invited@example.com')).toEqual([]);
  });

  it.each(keys.filter((key) => userRoutes[key].path.includes('{id}')))('%s answers 404 for whom there is none', async (key) => {
    for (const id of [nobody, person.email, 'x', '*', person.id.toUpperCase(), 'x'.repeat(500)]) {
      expectProblem(await asAdmin(key, { path: { id }, body: bodies[key] }), { status: 404, code: 'not_found' });
    }
  });
});

describe('the own account of an admin', () => {
  it.each([
    ['disableUser', undefined],
    ['deleteUser', undefined],
    ['setUserGroups', { groups: ['editors'] }],
  ] as const)('is not lost by %s', async (key, body) => {
    const users = await backend.users();
    expectProblem(await asAdmin(key, { path: { id: admin.id }, body }), { status: 403, code: 'forbidden' });
    expect(await backend.users()).toBe(users);
  });

  it('may get more groups', async () => {
    const answer = await asAdmin('setUserGroups', { path: { id: admin.id }, body: { groups: ['admins', 'editors'] } });
    expect(answer.json.groups).toEqual(['admins', 'editors']);
  });
});

describe('listUsers', () => {
  const list = (query: Readonly<Record<string, string>>) => asAdmin('listUsers', { query });

  it.each([
    [{ limit: '0' }, '/query/limit'],
    [{ limit: '61' }, '/query/limit'],
    [{ limit: '1e1' }, '/query/limit'],
    [{ search: 'x'.repeat(255) }, '/query/search'],
    [{ search: 'a\u0000' }, '/query/search'],
    [{ filter: 'x' }, '/query/filter'],
  ])('refuses %j', async (query, pointer) => {
    const answer = await list(query);
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0].pointer).toBe(pointer);
    expectNoInternals(answer);
  });

  it('pages through all accounts, each once', async () => {
    for (let index = 0; index < 5; index += 1) await backend.newAccount();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await list({ limit: '3', ...(cursor !== undefined && { cursor }) });
      expect(json.items.length).toBeLessThanOrEqual(3);
      seen.push(...json.items.map((user: { id: string }) => user.id));
      cursor = json.cursor;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([admin.id, person.id]));
  });

  it('finds addresses by their beginning, in any case', async () => {
    const { json } = await list({ search: person.email.slice(0, 9).toUpperCase() });
    expect(json.items).toContainEqual(expect.objectContaining({ id: person.id, email: person.email, status: 'confirmed', enabled: true }));
    expect((await list({ search: 'example.com' })).json.items).toEqual([]);
  });

  it.each(['"', '\\', 'a" or email ^= "', '\\"', '") or ("'])('takes %j as text, not as a filter', async (search) => {
    const answer = await list({ search });
    expect({ status: answer.status, items: answer.json.items }).toEqual({ status: 200, items: [] });
  });

  it('refuses a cursor of another search, and what is none', async () => {
    const { json } = await list({ limit: '1' });
    expect(json.cursor).toEqual(expect.any(String));
    expectProblem(await list({ limit: '1', search: 'person', cursor: json.cursor }), { status: 400, code: 'invalid_cursor' });
    const forged = Buffer.from(JSON.stringify(['1', 'x', 'y'])).toString('base64url');
    for (const cursor of ['x', '', '%00', forged, `${json.cursor}x`.slice(4)]) {
      expectProblem(await list({ limit: '1', cursor }), { status: 400, code: 'invalid_cursor' });
    }
  });
});

describe('inviteUser', () => {
  it('refuses a group that there is none of, and an address that has an account', async () => {
    const email = backend.newEmail();
    const users = await backend.users();
    const unknown = await asAdmin('inviteUser', { body: { email, groups: ['editors', 'Admins', 'admins,editors'] } });
    expectProblem(unknown, { status: 400, code: 'validation_failed', pointers: ['/groups/1', '/groups/2'] });
    const taken = await asAdmin('inviteUser', { body: { email: person.email.toUpperCase() } });
    expectProblem(taken, { status: 409, code: 'already_exists' });
    expectProblem(await asAdmin('inviteUser', { body: { email, status: 'confirmed' } }), { status: 400, code: 'read_only_field' });
    expect(await backend.users()).toBe(users);
  });

  it('creates an account whose owner sets the password with the one of the mail', async () => {
    const email = backend.newEmail();
    const { status, json, headers } = await asAdmin('inviteUser', { body: { email, name: 'Bea', groups: ['editors'] } });
    expect({ status, json }).toMatchObject({ status: 201, json: { email, name: 'Bea', status: 'invited', groups: ['editors'] } });
    expect(headers['location']).toBe(`/admin/users/${json.id}`);
    const password = /password\S*(?: is)?:? (\S{8,}?)\.?(?:\s|$)/i.exec(backend.messagesTo(email)[0] ?? '')?.[1] ?? '';
    expect(JSON.stringify(json)).not.toContain(password);
    const challenge = await logIn(email, password);
    expect(challenge.json).toEqual({ challenge: 'new_password', session: expect.any(String) });
    const { session } = challenge.json;
    const weak = await backend.call('answerChallenge', { body: { email, session, newPassword: 'short' } });
    expectProblem(weak, { status: 400, code: 'invalid_password' });
    const answered = await backend.call('answerChallenge', { body: { email, session, newPassword: goodPassword } });
    expect(answered.json).toMatchObject({ tokenType: 'Bearer' });
    expect((await backend.call('readMe', { token: answered.json.accessToken })).json).toMatchObject({
      emailVerified: true,
      groups: ['editors'],
    });
    expect((await asAdmin('readUser', { path: { id: json.id } })).json).toMatchObject({ status: 'confirmed', mfaEnabled: false });
  });
});

describe('looking after an account', () => {
  it('disables and enables it; old sessions stay ended', async () => {
    const user = await backend.newUser();
    const path = { id: user.id };
    expect(await asAdmin('disableUser', { path })).toMatchObject({ status: 204, text: '' });
    expectProblem(await logIn(user.email), { status: 401, code: 'invalid_credentials' });
    expectProblem(await backend.call('readMe', { token: user.token }), { status: 401, code: 'unauthenticated' });
    expect((await asAdmin('readUser', { path })).json.enabled).toBe(false);
    expect((await asAdmin('enableUser', { path })).status).toBe(204);
    expect((await logIn(user.email)).status).toBe(200);
    const { refreshToken } = user;
    expectProblem(await backend.call('refresh', { body: { refreshToken } }), { status: 401, code: 'invalid_session' });
  });

  it('sets its groups exactly, and refuses one that there is none of', async () => {
    const { id } = await backend.newAccount(['readers']);
    const path = { id };
    const refused = await asAdmin('setUserGroups', { path, body: { groups: ['editors', 'nobodies'] } });
    expectProblem(refused, { status: 400, code: 'validation_failed', pointers: ['/groups/1'] });
    expect((await asAdmin('readUser', { path })).json.groups).toEqual(['readers']);
    const set = await asAdmin('setUserGroups', { path, body: { groups: ['editors', 'admins', 'editors'] } });
    expect(set.json.groups).toEqual(['admins', 'editors']);
    expect((await asAdmin('setUserGroups', { path, body: { groups: [] } })).json.groups).toEqual([]);
  });

  it('ends all its sessions', async () => {
    const user = await backend.newUser();
    const { refreshToken } = (await logIn(user.email)).json;
    expect((await asAdmin('signOutUser', { path: { id: user.id } })).status).toBe(204);
    for (const token of [user.refreshToken, refreshToken]) {
      expectProblem(await backend.call('refresh', { body: { refreshToken: token } }), { status: 401, code: 'invalid_session' });
    }
    expect((await logIn(user.email)).status).toBe(200);
  });

  it('deletes it', async () => {
    const user = await backend.newUser();
    const path = { id: user.id };
    expect((await asAdmin('deleteUser', { path })).status).toBe(204);
    expectProblem(await asAdmin('readUser', { path }), { status: 404, code: 'not_found' });
    expectProblem(await asAdmin('deleteUser', { path }), { status: 404, code: 'not_found' });
    expectProblem(await logIn(user.email), { status: 401, code: 'invalid_credentials' });
  });
});
