import { authLimits, recoveryCodeCount } from '../../contracts/auth.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, type AuthUser, goodPassword } from './auth-backend.ts';
import { totp } from './totp.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterEach(() => backend.resetClock());
afterAll(() => backend?.stop());

const stepMs = 30_000;
const logIn = (email: string, password = goodPassword) => backend.call('login', { body: { email, password } });

interface Enrolled extends AuthUser {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** The code after the one that the enrolment used up; it is taken already, clocks may differ. */
  nextCode(): string;
}

const enrol = async (): Promise<Enrolled> => {
  const user = await backend.newUser();
  const { json } = await backend.call('enrolMfa', { token: user.token, body: { password: user.password, appName: 'Notes & more' } });
  const verified = await backend.call('verifyMfa', {
    token: user.token,
    body: { code: totp(json.secret, Date.now()), deviceName: 'Phone' },
  });
  expect(verified.status).toBe(200);
  return {
    ...user,
    secret: json.secret,
    recoveryCodes: verified.json.recoveryCodes,
    nextCode: () => totp(json.secret, Date.now() + stepMs),
  };
};

const challengeOf = async (user: AuthUser): Promise<string> => {
  const { status, json } = await logIn(user.email, user.password);
  expect({ status, ...json }).toEqual({ status: 200, challenge: 'authenticator_code', session: expect.any(String) });
  return json.session;
};

const answer = (email: string, session: string, code: string) => backend.call('answerChallenge', { body: { email, session, code } });

describe('enrolling an authenticator', () => {
  it('refuses a code before it has begun, and a wrong one', async () => {
    const { token, password } = await backend.newUser();
    expectProblem(await backend.call('verifyMfa', { token, body: { code: '123456' } }), { status: 400, code: 'mfa_not_enrolled' });
    const { json } = await backend.call('enrolMfa', { token, body: { password } });
    const wrong = totp(json.secret, Date.now() + 10 * stepMs);
    expectProblem(await backend.call('verifyMfa', { token, body: { code: wrong } }), { status: 400, code: 'invalid_code' });
    expect((await backend.call('readMe', { token })).json.mfaEnabled).toBe(false);
  });

  it('gives a secret, a URI and recovery codes, and has the authenticator asked for from then on', async () => {
    const user = await backend.newUser();
    const begun = await backend.call('enrolMfa', { token: user.token, body: { password: user.password, appName: 'Notes & more' } });
    expect(begun.json.secret).toMatch(/^[A-Z2-7]{32,}$/);
    const uri = new URL(begun.json.uri);
    expect(decodeURIComponent(uri.pathname)).toContain(`Notes & more:${user.email}`);
    expect(Object.fromEntries(uri.searchParams)).toEqual({ secret: begun.json.secret, issuer: 'Notes & more' });
    const { json } = await backend.call('verifyMfa', { token: user.token, body: { code: totp(begun.json.secret, Date.now()) } });
    expect(new Set(json.recoveryCodes).size).toBe(recoveryCodeCount);
    expect((await backend.call('readMe', { token: user.token })).json.mfaEnabled).toBe(true);
    await challengeOf(user);
    const state = await backend.state();
    for (const code of json.recoveryCodes) expect(state).not.toContain(code.replaceAll('-', ''));
    expect(backend.logText()).not.toContain(begun.json.secret);
  });
});

describe('the authenticator at logins', () => {
  it('JW22: gives a session that is neither a bearer nor a refresh token', async () => {
    const user = await enrol();
    const session = await challengeOf(user);
    expectProblem(await backend.call('readMe', { token: session }), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call('refresh', { body: { refreshToken: session } }), { status: 401, code: 'invalid_session' });
    const skipped = { email: user.email, session, newPassword: 'better-horse-2' };
    expectProblem(await backend.call('answerChallenge', { body: skipped }), { status: 401, code: 'invalid_session' });
    expect((await answer(user.email, session, user.nextCode())).status).toBe(200);
    expectProblem(await answer(user.email, session, user.nextCode()), { status: 401, code: 'invalid_session' });
  });

  it('refuses a session that is made up, and another user’s name in it', async () => {
    const user = await enrol();
    const other = await enrol();
    const [name, ...rest] = (await challengeOf(user)).split('.');
    const [otherName] = (await challengeOf(other)).split('.');
    const forged = ['x'.repeat(40), `.${'x'.repeat(40)}`, `${name}.${'x'.repeat(40)}`, `${otherName}.${rest.join('.')}`];
    for (const session of forged) {
      expectProblem(await answer(user.email, session, user.nextCode()), { status: 401, code: 'invalid_session' });
    }
  });

  it('AU07: takes a code once, also of parallel logins', async () => {
    const user = await enrol();
    const code = user.nextCode();
    const sessions = [await challengeOf(user), await challengeOf(user), await challengeOf(user)];
    const answers = await Promise.all(sessions.map((session) => answer(user.email, session, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expectProblem(await answer(user.email, await challengeOf(user), code), { status: 400, code: 'invalid_code' });
  });

  it('ends guessing at the limit, whatever address the guesses name', async () => {
    const user = await enrol();
    const { attempts, windowSeconds } = authLimits.authenticatorCodes;
    for (let index = 0; index < attempts; index += 1) {
      const session = await challengeOf(user);
      const wrong = totp(user.secret, Date.now() + (10 + index) * stepMs);
      expectProblem(await answer(`other-${index}@example.com`, session, wrong), { status: 400, code: 'invalid_code' });
    }
    const refused = await answer(user.email, await challengeOf(user), user.nextCode());
    expectProblem(refused, { status: 429, code: 'too_many_attempts' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(windowSeconds - 60);
  });
});

describe('recover', () => {
  const recover = (user: Enrolled, recoveryCode: string, password = user.password) =>
    backend.call('recover', { body: { email: user.email, password, recoveryCode } });

  it('refuses a wrong code, a wrong password, somebody else’s code and an account without an authenticator alike', async () => {
    const user = await enrol();
    const other = await enrol();
    const [code = ''] = user.recoveryCodes;
    const plain = await backend.newAccount();
    const refused = [
      await recover(user, 'aaaa-aaaa-aaaa-aaaa'),
      await recover(user, code, 'wrong-horse-1'),
      await recover(user, other.recoveryCodes[0] ?? ''),
      await backend.call('recover', { body: { ...plain, id: undefined, recoveryCode: code } }),
    ];
    for (const each of refused) {
      const problem = expectProblem(each, { status: 401, code: 'invalid_credentials' });
      expect({ ...problem, requestId: '' }).toEqual({ ...refused[0]?.json, requestId: '' });
    }
    await challengeOf(user);
  });

  it('AU08: succeeds once of 20 parallel times, and never again', async () => {
    const user = await enrol();
    const [code = ''] = user.recoveryCodes;
    const answers = await Promise.all(Array.from({ length: 20 }, () => recover(user, code)));
    const succeeded = answers.filter(({ status }) => status === 200);
    expect(succeeded).toHaveLength(1);
    expect(succeeded[0]?.json).toMatchObject({ tokenType: 'Bearer' });
    await backend.letTimePass(authLimits.passwordsPerAddress.windowSeconds);
    expectProblem(await recover(user, code), { status: 401, code: 'invalid_credentials' });
    expectProblem(await recover(user, user.recoveryCodes[1] ?? ''), { status: 401, code: 'invalid_credentials' });
  });

  it('takes a code as people type it, and disables the lost authenticator', async () => {
    const user = await enrol();
    const typed = ` ${user.recoveryCodes[3]?.replaceAll('-', ' ').toUpperCase()} `;
    const { status, json } = await recover(user, typed);
    expect(status).toBe(200);
    expect((await backend.call('readMe', { token: json.accessToken })).json.mfaEnabled).toBe(false);
    expect((await logIn(user.email)).json).toMatchObject({ tokenType: 'Bearer' });
  });
});

describe('changes to an account with an authenticator', () => {
  it('AU09: disableMfa needs the password, and no more than that', async () => {
    const user = await enrol();
    expectProblem(await backend.call('disableMfa', { token: user.token }), { status: 403, code: 'reauth_required' });
    await challengeOf(user);
    expect((await backend.call('disableMfa', { token: user.token, body: { password: user.password } })).status).toBe(204);
    expect((await logIn(user.email)).json).toMatchObject({ tokenType: 'Bearer' });
    expect((await backend.call('disableMfa', { token: user.token, body: { password: user.password } })).status).toBe(204);
  });

  it('AU09: enrolMfa does not replace the authenticator without the password', async () => {
    const user = await enrol();
    expectProblem(await backend.call('enrolMfa', { token: user.token }), { status: 403, code: 'reauth_required' });
    expect((await answer(user.email, await challengeOf(user), user.nextCode())).status).toBe(200);
  });

  it('JW14: changePassword ends the sessions and asks for the authenticator', async () => {
    const user = await enrol();
    const body = { password: user.password, newPassword: 'better-horse-2' };
    const changed = await backend.call('changePassword', { token: user.token, body });
    expect(changed).toMatchObject({ status: 200, json: { challenge: 'authenticator_code' } });
    expectProblem(await backend.call('refresh', { body: { refreshToken: user.refreshToken } }), { status: 401, code: 'invalid_session' });
    expect((await answer(user.email, changed.json.session, user.nextCode())).status).toBe(200);
  });

  it('deleteMe takes the recovery codes along', async () => {
    const user = await enrol();
    expect(await backend.state()).toContain(`recovery#${user.id}`);
    expect((await backend.call('deleteMe', { token: user.token, body: { password: user.password } })).status).toBe(204);
    expect(await backend.state()).not.toContain(`recovery#${user.id}`);
  });
});
