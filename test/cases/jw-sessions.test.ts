import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, type CasesUser, startCases } from './cases-backend.ts';
import { decodeToken } from './forge-token.ts';

// The ends of sessions (OWASP API2), by the ids of the table of adversarial cases.
//
// The bound: an access token that was good is good until it expires, `auth.accessTokenMinutes` after its issue (5 here) at
// the latest, on the routes that ask the token alone (/data, /admin). Refresh tokens, and the routes under /auth that ask the
// user pool, refuse at once.

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterEach(() => backend.clock.set(Date.now()));
afterAll(() => backend?.stop());

const refresh = (refreshToken: string) => backend.asGuest({ method: 'POST', path: '/auth/refresh', body: { refreshToken } });
const expectEnded = async (refreshToken: string): Promise<void> => {
  expectProblem(await refresh(refreshToken), { status: 401, code: 'invalid_session' });
};
/** The token lasts no longer than the bound; after it nothing is read or written, and no record comes to be of a ghost. */
const expectBound = async ({ accessToken: token }: CasesUser): Promise<void> => {
  const { iat, exp } = decodeToken(token).claims as { iat: number; exp: number };
  expect(exp - iat).toBe(300);
  const note = { title: 'of a ghost', slug: `ghost-${crypto.randomUUID()}` };
  backend.clock.set(exp * 1_000 + 1_000);
  await backend.changesNothing(async () => {
    for (const call of [
      { path: '/data/Note' },
      { method: 'POST', path: '/data/Note', body: note },
      { method: 'POST', path: '/data/transaction', body: { operations: [{ op: 'create', model: 'Note', body: note }] } },
      { path: '/admin/users' },
    ]) {
      expectProblem(await backend.asGuest({ ...call, token }), { status: 401, code: 'unauthenticated' });
    }
  });
  backend.clock.set(Date.now());
};
const me = (token: string) => backend.asGuest({ path: '/auth/me', token });

describe('JW12 signing out', () => {
  it('ends the refresh token at once, and the access token within the bound', async () => {
    const user = await backend.newUser();
    expect((await me(user.accessToken)).status).toBe(200);
    const answer = await backend.asGuest({ method: 'POST', path: '/auth/logout', body: { refreshToken: user.refreshToken } });
    expect(answer.status).toBe(204);
    await expectEnded(user.refreshToken);
    expectProblem(await me(user.accessToken), { status: 401, code: 'unauthenticated' });
    await expectBound(user);
  });

  it('of all sessions by an admin ends each of them', async () => {
    const first = await backend.newUser();
    const second = await backend.logIn(first);
    const answer = await backend.as('admin', { method: 'POST', path: `/admin/users/${first.id}/sign-out` });
    expect(answer.status).toBe(204);
    for (const user of [first, second]) {
      await expectEnded(user.refreshToken);
      expectProblem(await me(user.accessToken), { status: 401, code: 'unauthenticated' });
      await expectBound(user);
    }
  });

  it('of one session leaves the others', async () => {
    const first = await backend.newUser();
    const second = await backend.logIn(first);
    await backend.asGuest({ method: 'POST', path: '/auth/logout', body: { refreshToken: first.refreshToken } });
    await expectEnded(first.refreshToken);
    expect((await refresh(second.refreshToken)).status).toBe(200);
  });

  it('tells nothing of a refresh token that is none', async () => {
    const answer = await backend.asGuest({ method: 'POST', path: '/auth/logout', body: { refreshToken: 'x'.repeat(100) } });
    expect(answer.status).toBe(204);
  });
});

describe('A refresh token', () => {
  it('is good once: using it again ends the session', async () => {
    const user = await backend.newUser();
    const renewed = (await refresh(user.refreshToken)).json as { refreshToken: string };
    expect(renewed.refreshToken).not.toBe(user.refreshToken);
    await expectEnded(user.refreshToken);
    await expectEnded(renewed.refreshToken);
  });
});

describe('JW13 an account that is disabled or deleted', () => {
  it.each<[string, string, string]>([
    ['disabled', 'POST', '/disable'],
    ['deleted', 'DELETE', ''],
  ])('%s: refuses refresh, login and own routes at once, and tokens last no longer than the bound', async (_, method, suffix) => {
    const user = await backend.newUser();
    const answer = await backend.as('admin', { method, path: `/admin/users/${user.id}${suffix}` });
    expect(answer.status).toBe(204);
    await expectEnded(user.refreshToken);
    expectProblem(await me(user.accessToken), { status: 401, code: 'unauthenticated' });
    const body = { email: user.email, password: user.password };
    expectProblem(await backend.asGuest({ method: 'POST', path: '/auth/login', body }), { status: 401, code: 'invalid_credentials' });
    await expectBound(user);
  });

  it('who deletes the own account is out at once, too', async () => {
    const user = await backend.newUser();
    const answer = await backend.asGuest({
      method: 'DELETE',
      path: '/auth/me',
      token: user.accessToken,
      body: { password: user.password },
    });
    expect(answer.status).toBe(204);
    await expectEnded(user.refreshToken);
    expectProblem(await me(user.accessToken), { status: 401, code: 'unauthenticated' });
  });
});

describe('JW14 a new password', () => {
  it('that was changed ends all earlier sessions, and gives a new one', async () => {
    const first = await backend.newUser();
    const second = await backend.logIn(first);
    const body = { password: first.password, newPassword: 'another-horse-2' };
    const answer = await backend.asGuest({ method: 'POST', path: '/auth/change-password', token: second.accessToken, body });
    expect(answer.status).toBe(200);
    await expectEnded(first.refreshToken);
    await expectEnded(second.refreshToken);
    expect((await refresh((answer.json as { refreshToken: string }).refreshToken)).status).toBe(200);
  });

  it('that was reset by a code ends all earlier sessions', async () => {
    const user = await backend.newUser();
    expect((await backend.asGuest({ method: 'POST', path: '/auth/forgot-password', body: { email: user.email } })).status).toBe(202);
    const code = backend.codeFor(user.email);
    const body = { email: user.email, code, newPassword: 'another-horse-3' };
    expect((await backend.asGuest({ method: 'POST', path: '/auth/reset-password', body })).status).toBe(204);
    await expectEnded(user.refreshToken);
    expectProblem(await backend.asGuest({ method: 'POST', path: '/auth/login', body: { email: user.email, password: user.password } }), {
      status: 401,
      code: 'invalid_credentials',
    });
  });
});

describe('JW22 the session between a password and the next step of a login', () => {
  it('opens nothing as a token', async () => {
    const email = `invited-${Date.now()}@example.com`;
    expect((await backend.as('admin', { method: 'POST', path: '/admin/users', body: { email } })).status).toBe(201);
    const password = backend.invitedPassword(email);
    const login = await backend.asGuest({ method: 'POST', path: '/auth/login', body: { email, password } });
    const { challenge, session } = login.json as { challenge: string; session: string };
    expect(challenge).toBe('new_password');
    await backend.changesNothing(async () => {
      for (const path of ['/auth/me', '/data/Note', '/data/Post', '/admin/users']) {
        expectProblem(await backend.asGuest({ path, token: session }), { status: 401, code: 'unauthenticated' });
      }
      await expectEnded(session);
    });
    const stolen = await backend.asGuest({
      method: 'POST',
      path: '/auth/challenge',
      body: { email, session: `${session}x`, newPassword: 'another-horse-4' },
    });
    expectProblem(stolen, { status: 401, code: 'invalid_session' });
  });
});
