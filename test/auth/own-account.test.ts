import { authLimits } from '../../contracts/auth.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, goodPassword } from './auth-backend.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterAll(() => backend?.stop());

const newPassword = 'better-horse-2';
const logIn = (email: string, password = goodPassword) => backend.call('login', { body: { email, password } });

describe('AU09 what a stolen access token opens', () => {
  it.each([
    ['deleteMe', {}],
    ['disableMfa', {}],
    ['enrolMfa', {}],
    ['updateMe', { email: 'mallory@example.com' }],
  ] as const)('%s needs the password', async (key, body) => {
    const { token } = await backend.newUser();
    const users = await backend.users();
    expectProblem(await backend.call(key, { token, body }), { status: 403, code: 'reauth_required' });
    if (key !== 'updateMe') expectProblem(await backend.call(key, { token }), { status: 403, code: 'reauth_required' });
    const wrong = await backend.call(key, { token, body: { ...body, password: 'wrong-horse-1' } });
    expectProblem(wrong, { status: 401, code: 'invalid_credentials' });
    expect(await backend.users()).toBe(users);
    expect(backend.messagesTo('mallory@example.com')).toEqual([]);
  });

  it('counts its guesses of the password together with those of logins', async () => {
    const user = await backend.newUser();
    const { attempts } = authLimits.passwordsPerAddress;
    for (let index = 0; index < attempts - 1; index += 1) {
      const answer = await backend.call('deleteMe', { token: user.token, body: { password: `wrong-horse-${index}` } });
      expectProblem(answer, { status: 401, code: 'invalid_credentials' });
    }
    expect((await logIn(user.email, 'wrong-horse-1')).status).toBe(401);
    const answer = await backend.call('deleteMe', { token: user.token, body: { password: user.password } });
    expectProblem(answer, { status: 429, code: 'too_many_attempts' });
  });
});

describe('readMe', () => {
  it('AU22: shows the account and no secret, as the login does', async () => {
    const { id, email, token } = await backend.newUser();
    const me = await backend.call('readMe', { token });
    expect(me.json).toEqual({ id, email, emailVerified: true, groups: [], mfaEnabled: false });
    const login = await logIn(email);
    expect(Object.keys(login.json).sort()).toEqual(['accessToken', 'expiresInSeconds', 'idToken', 'refreshToken', 'tokenType']);
  });

  it('JW12: is refused at once when the session has ended', async () => {
    const { token, refreshToken } = await backend.newUser();
    await backend.call('logout', { body: { refreshToken } });
    expectProblem(await backend.call('readMe', { token }), { status: 401, code: 'unauthenticated' });
  });
});

describe('updateMe', () => {
  it.each([
    { id: 'x' },
    { emailVerified: true },
    { email_verified: true },
    { groups: ['admins'] },
    { 'custom:role': 'admin' },
    { mfaEnabled: false },
  ])('AU19, AZ32: refuses %j', async (body) => {
    const { token } = await backend.newUser();
    const users = await backend.users();
    expectProblem(await backend.call('updateMe', { token, body }), { status: 400, code: 'read_only_field' });
    expect(await backend.users()).toBe(users);
  });

  it('sets and removes the name', async () => {
    const { token } = await backend.newUser();
    expect((await backend.call('updateMe', { token, body: { name: 'Ann' } })).json).toMatchObject({ name: 'Ann' });
    expect((await backend.call('updateMe', { token, body: {} })).json).toMatchObject({ name: 'Ann' });
    const without = await backend.call('updateMe', { token, body: { name: null } });
    expect(without.json).not.toHaveProperty('name');
  });

  it('AU20: keeps the old address until the new one is verified', async () => {
    const user = await backend.newUser();
    const { token } = user;
    const email = backend.newEmail();
    const changed = await backend.call('updateMe', { token, body: { email: email.toUpperCase(), password: user.password } });
    expect(changed).toMatchObject({ status: 200, json: { email: user.email, emailVerified: true, pendingEmail: email } });
    expect((await logIn(user.email)).status).toBe(200);
    expectProblem(await logIn(email), { status: 401, code: 'invalid_credentials' });
    expectProblem(await backend.call('verifyEmail', { token, body: { code: '000000' } }), { status: 400, code: 'invalid_code' });
    const verified = await backend.call('verifyEmail', { token, body: { code: backend.codeFor(email) } });
    expect(verified).toMatchObject({ status: 204, text: '' });
    expect((await backend.call('readMe', { token })).json).toMatchObject({ email, emailVerified: true });
    expect((await logIn(email)).status).toBe(200);
    expectProblem(await logIn(user.email), { status: 401, code: 'invalid_credentials' });
  });

  it('does not tell whether a new address is somebody else’s, and never takes it', async () => {
    const user = await backend.newUser();
    const other = await backend.newAccount();
    const free = backend.newEmail();
    const body = { password: user.password };
    const taken = await backend.call('updateMe', { token: user.token, body: { ...body, email: other.email } });
    const open = await backend.call('updateMe', { token: user.token, body: { ...body, email: free } });
    expect({ ...taken.json, pendingEmail: '' }).toEqual({ ...open.json, pendingEmail: '' });
    const code = backend.codeFor(other.email) || '123456';
    expectProblem(await backend.call('verifyEmail', { token: user.token, body: { code } }), { status: 400, code: 'invalid_code' });
    expect((await logIn(other.email)).status).toBe(200);
  });
});

describe('changePassword', () => {
  it('refuses a wrong password and a weak new one, and changes nothing', async () => {
    const { token, email } = await backend.newUser();
    const wrong = await backend.call('changePassword', { token, body: { password: 'wrong-horse-1', newPassword } });
    expectProblem(wrong, { status: 401, code: 'invalid_credentials' });
    for (const weak of ['short', email.replace('person', 'Person')]) {
      const answer = await backend.call('changePassword', { token, body: { password: goodPassword, newPassword: weak } });
      expectProblem(answer, { status: 400, code: 'invalid_password', pointers: ['/newPassword'] });
    }
    expect((await logIn(email)).status).toBe(200);
  });

  it('JW14: ends all sessions and gives a new one', async () => {
    const user = await backend.newUser();
    const other = (await logIn(user.email)).json;
    const answer = await backend.call('changePassword', { token: user.token, body: { password: user.password, newPassword } });
    expect(answer).toMatchObject({ status: 200, json: { tokenType: 'Bearer' } });
    for (const refreshToken of [user.refreshToken, other.refreshToken]) {
      expectProblem(await backend.call('refresh', { body: { refreshToken } }), { status: 401, code: 'invalid_session' });
    }
    expectProblem(await backend.call('readMe', { token: other.accessToken }), { status: 401, code: 'unauthenticated' });
    expect((await backend.call('readMe', { token: answer.json.accessToken })).status).toBe(200);
    expect((await backend.call('refresh', { body: { refreshToken: answer.json.refreshToken } })).status).toBe(200);
    expectProblem(await logIn(user.email), { status: 401, code: 'invalid_credentials' });
    expect((await logIn(user.email, newPassword)).status).toBe(200);
  });
});

describe('refresh', () => {
  it.each([
    ['an access token', (user: { token: string }) => user.token],
    ['a text of nobody', () => 'x'.repeat(80)],
    ['line breaks', () => `${'x'.repeat(40)}\r\n${'x'.repeat(40)}`],
  ])('refuses %s', async (_, tokenOf) => {
    const refreshToken = tokenOf(await backend.newUser());
    expectProblem(await backend.call('refresh', { body: { refreshToken } }), { status: 401, code: 'invalid_session' });
  });

  it('AU15: takes a token once; a second use ends the session for whoever has it', async () => {
    const user = await backend.newUser();
    const first = await backend.call('refresh', { body: { refreshToken: user.refreshToken } });
    expect(first.status).toBe(200);
    expectProblem(await backend.call('refresh', { body: { refreshToken: user.refreshToken } }), { status: 401, code: 'invalid_session' });
    const { refreshToken, accessToken } = first.json;
    expectProblem(await backend.call('refresh', { body: { refreshToken } }), { status: 401, code: 'invalid_session' });
    expectProblem(await backend.call('readMe', { token: accessToken }), { status: 401, code: 'unauthenticated' });
  });

  it('answers one of 10 parallel uses at most', async () => {
    const { refreshToken } = await backend.newUser();
    const answers = await Promise.all(Array.from({ length: 10 }, () => backend.call('refresh', { body: { refreshToken } })));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(9);
  });
});

describe('deleteMe', () => {
  it('deletes the account, its sessions and nobody else', async () => {
    const user = await backend.newUser();
    const other = await backend.newUser();
    const answer = await backend.call('deleteMe', { token: user.token, body: { password: user.password } });
    expect(answer).toMatchObject({ status: 204, text: '' });
    expectProblem(await logIn(user.email), { status: 401, code: 'invalid_credentials' });
    expectProblem(await backend.call('readMe', { token: user.token }), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call('refresh', { body: { refreshToken: user.refreshToken } }), { status: 401, code: 'invalid_session' });
    expect((await backend.call('readMe', { token: other.token })).status).toBe(200);
  });
});
