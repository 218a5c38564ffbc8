import { expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, comparableHeaders, goodPassword } from './auth-backend.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterEach(() => backend.resetClock());
afterAll(() => backend?.stop());

describe('register', () => {
  const email = 'refused@example.com';

  it.each([
    ['AU10: 7 characters', 'abcdef1', ['too_short']],
    ['AU10: nothing', '', ['too_short', 'digit_missing', 'lowercase_missing']],
    ['AU10: 257 characters', `a1${'x'.repeat(255)}`, ['too_long']],
    ['AU10: only spaces', ' '.repeat(9), ['digit_missing', 'lowercase_missing', 'only_spaces']],
    ['AU10: no digit', 'correct-horse', ['digit_missing']],
    ['AU10: no letter in lower case', 'CORRECT-HORSE-1', ['lowercase_missing']],
    ['AU10: NUL inside', 'correct\u0000horse1', ['control_character']],
    ['AU10: a space at the end', 'correct-horse-1 ', ['outer_space']],
    ['AU10: the address', 'Refused1@example.com', ['same_as_email']],
  ])('refuses a password: %s', async (_, password, codes) => {
    const body = { email: 'refused1@example.com', password };
    const problem = expectProblem(await backend.call('register', { body }), { status: 400, code: 'invalid_password' });
    expect(problem.errors?.map((error) => error.code)).toEqual(codes);
    expect(problem.errors?.every(({ pointer }) => pointer === '/password')).toBe(true);
    if (password.trim().length > 7) expect(JSON.stringify(problem)).not.toContain(password);
  });

  it.each([
    ['AU13: no password', { email, authData: {} }, 'validation_failed'],
    ['AU13: a provider in place of a password', { email, password: null, provider: null }, 'validation_failed'],
    ['AU12: an object as the address', { email: { $ne: null }, password: goodPassword }, 'validation_failed'],
    ['AU12: a list as the address', { email: [email], password: goodPassword }, 'validation_failed'],
    ['AU12: a number as the password', { email, password: 12345678 }, 'validation_failed'],
    ['AU12: true as the password', { email, password: true }, 'validation_failed'],
    ['no address', { email: 'nobody', password: goodPassword }, 'validation_failed'],
    ['two at-signs', { email: 'a@b@example.com', password: goodPassword }, 'validation_failed'],
    ['a look-alike at-sign', { email: 'a\uff20b@example.com', password: goodPassword }, 'validation_failed'],
    ['a domain without a dot', { email: 'a@localhost', password: goodPassword }, 'validation_failed'],
    ['a line break in the address', { email: 'a\r\nBcc: b@example.com', password: goodPassword }, 'validation_failed'],
    ['a field that does not exist', { email, password: goodPassword, nickname: 'x' }, 'unknown_field'],
    ['AU19: email_verified', { email, password: goodPassword, email_verified: true }, 'read_only_field'],
    ['AU19: custom:tenant', { email, password: goodPassword, 'custom:tenant': 'x' }, 'read_only_field'],
    ['AU19: groups', { email, password: goodPassword, groups: ['admins'] }, 'read_only_field'],
    ['AU19: sub', { email, password: goodPassword, sub: 'x' }, 'read_only_field'],
    ['AU19: status', { email, password: goodPassword, status: 'CONFIRMED' }, 'read_only_field'],
  ] as const)('refuses %s, and asks nobody', async (_, body, code) => {
    const operations = await backend.cognitoOperationsOf(async () => {
      expectProblem(await backend.call('register', { body }), { status: 400, code });
    });
    expect(operations).toEqual([]);
  });

  it('opens an account that its code confirms', async () => {
    const body = { email: 'ann@example.com', password: goodPassword, name: 'Ann' };
    expect(await backend.call('register', { body })).toMatchObject({ status: 202, text: '' });
    const login = { email: body.email, password: body.password };
    expectProblem(await backend.call('login', { body: login }), { status: 403, code: 'user_not_confirmed' });
    const code = backend.codeFor(body.email);
    expect(await backend.call('confirm', { body: { email: body.email, code } })).toMatchObject({ status: 204, text: '' });
    const { json } = await backend.call('login', { body: login });
    const me = await backend.call('readMe', { token: json.accessToken });
    expect(me.json).toEqual({ id: expect.any(String), email: body.email, emailVerified: true, name: 'Ann', groups: [], mfaEnabled: false });
    expectProblem(await backend.call('confirm', { body: { email: body.email, code } }), { status: 400, code: 'invalid_code' });
  });

  it('AU11: has one account for all spellings of an address, and answers a second registration like a first', async () => {
    const first = await backend.call('register', { body: { email: 'bea@example.com', password: goodPassword } });
    const users = await backend.users();
    const spellings = [
      'Bea@Example.com',
      ' bea@example.com',
      'bea@example.com ',
      '\uff42\uff45\uff41@example.com',
      'bea@example.com.',
      'BEA@EXAMPLE.COM',
    ];
    for (const email of spellings.slice(0, 4)) {
      const second = await backend.call('register', { body: { email, password: `other-${goodPassword}` } });
      expect({ status: second.status, text: second.text }).toEqual({ status: 202, text: '' });
      expect(comparableHeaders(second.headers)).toEqual(comparableHeaders(first.headers));
    }
    await backend.letTimePass(3_600);
    for (const email of spellings.slice(4)) {
      expect((await backend.call('register', { body: { email, password: `other-${goodPassword}` } })).status).toBe(202);
    }
    expect(await backend.users()).toBe(users);
    expect(backend.messagesTo('bea@example.com')).toHaveLength(1);
    const code = backend.codeFor('bea@example.com');
    expect((await backend.call('confirm', { body: { email: 'BEA@example.com.', code } })).status).toBe(204);
    expect((await backend.call('login', { body: { email: 'Bea@example.com', password: goodPassword } })).status).toBe(200);
  });

  it('AU10: leaves no password in the logs', () => {
    expect(backend.logText()).toContain('"route":"register"');
    expect(backend.logText()).not.toContain('correct');
  });
});
