import {
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { authLimits } from '../../contracts/auth.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type AuthAnswer, AuthBackend, comparableHeaders, goodPassword } from './auth-backend.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterEach(() => backend.resetClock());
afterAll(() => backend?.stop());

const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

const expectAlike = (answers: readonly AuthAnswer[]): void => {
  const [first] = answers;
  for (const answer of answers) {
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: '' });
    expect(comparableHeaders(answer.headers)).toEqual(comparableHeaders(first?.headers ?? {}));
  }
};

const register = async (): Promise<string> => {
  const email = backend.newEmail();
  expect((await backend.call('register', { body: { email, password: goodPassword } })).status).toBe(202);
  return email;
};

/** Accounts in all states that a stranger may not tell apart. */
const everybody = async () => {
  const admin = await backend.newUser(['admins']);
  const disabled = await backend.newAccount();
  await backend.call('disableUser', { token: admin.token, path: { id: disabled.id } });
  const invited = backend.newEmail();
  await backend.call('inviteUser', { token: admin.token, body: { email: invited } });
  return {
    unknown: backend.newEmail(),
    known: (await backend.newAccount()).email,
    disabled: disabled.email,
    unconfirmed: await register(),
    invited,
  };
};

describe('messages with a code', () => {
  it.each(['forgotPassword', 'resendCode'] as const)('AU02, AU04: %s answers everybody alike', async (key) => {
    const people = await everybody();
    const answers = await Promise.all(Object.values(people).map((email) => backend.call(key, { body: { email } })));
    expectAlike(answers);
    const receivers = Object.entries(people).filter(
      ([name, email]) => backend.messagesTo(email).length > (['unconfirmed', 'invited'].includes(name) ? 1 : 0),
    );
    expect(receivers.map(([name]) => name)).toEqual([key === 'resendCode' ? 'unconfirmed' : 'known']);
  });

  it.each(['forgotPassword', 'resendCode'] as const)(
    'AU02, AU04: %s answers alike when Cognito tells an account from none',
    async (key) => {
      const operation = key === 'forgotPassword' ? 'ForgotPassword' : 'ResendConfirmationCode';
      const answers: AuthAnswer[] = [];
      for (const type of [
        'UserNotFoundException',
        'InvalidParameterException',
        'NotAuthorizedException',
        'LimitExceededException',
        'CodeDeliveryFailureException',
      ]) {
        backend.proxy.faults.set(operation, { status: 400, type });
        answers.push(await backend.call(key, { body: { email: backend.newEmail() } }));
      }
      backend.proxy.faults.clear();
      expectAlike(answers);
    },
  );

  it('AU21: sends one address no more than the limit', async () => {
    const { email } = await backend.newAccount();
    const answers = await Promise.all(Array.from({ length: 100 }, () => backend.call('forgotPassword', { body: { email } })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(100 - authLimits.messagesPerAddress.attempts);
    for (const answer of refused) expectProblem(answer, { status: 429, code: 'too_many_attempts' });
    expect(backend.messagesTo(email)).toHaveLength(authLimits.messagesPerAddress.attempts);
  });

  it('AU21: sends no more than the limit for one source that asks for many addresses', async () => {
    const from = backend.newSource();
    const { attempts } = authLimits.messagesPerSource;
    const accounts = await Promise.all(Array.from({ length: attempts + 10 }, () => backend.newAccount()));
    const before = backend.messageCount();
    const answers = await Promise.all(accounts.map(({ email }) => backend.call('forgotPassword', { body: { email }, from })));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(attempts);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
    expect(backend.messageCount() - before).toBe(attempts);
  });

  it('AU21: sends nothing to whoever asks Cognito itself, past the API', async () => {
    const known = await backend.newAccount();
    const { client, clientId: ClientId } = backend.publicCognito();
    const named = { ClientId, Username: known.email };
    const before = { users: await backend.users(), messages: backend.messageCount() };
    const calls = [
      () => client.send(new SignUpCommand({ ClientId, Username: backend.newEmail(), Password: goodPassword })),
      () => client.send(new SignUpCommand({ ...named, Password: goodPassword })),
      () => client.send(new ForgotPasswordCommand(named)),
      () => client.send(new ResendConfirmationCodeCommand(named)),
      () => client.send(new ConfirmSignUpCommand({ ...named, ConfirmationCode: '123456' })),
      () => client.send(new ConfirmForgotPasswordCommand({ ...named, ConfirmationCode: '123456', Password: goodPassword })),
    ];
    for (const call of calls) {
      const failure = await call().catch((error: Error) => error.name);
      expect(failure).toBe('NotAuthorizedException');
    }
    expect({ users: await backend.users(), messages: backend.messageCount() }).toEqual(before);
  });

  it('AU16: never names the host of the request', async () => {
    const { email } = await backend.newAccount();
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    expect((await backend.call('forgotPassword', { body: { email }, headers })).status).toBe(202);
    expect(backend.messagesTo(email).join()).toMatch(/\d{6}/);
    expect(backend.messagesTo(email).join()).not.toMatch(/evil|http/);
  });
});

describe('guessing a code', () => {
  const { attempts, windowSeconds } = authLimits.codesPerAddress;

  it('AU05: ends at the limit for a confirmation, also with the right code, until the pause is over', async () => {
    const email = await register();
    const code = backend.codeFor(email);
    for (let index = 0; index < attempts; index += 1) {
      expectProblem(await backend.call('confirm', { body: { email, code: other(code) } }), { status: 400, code: 'invalid_code' });
    }
    for (const tried of [other(code), code]) {
      const answer = await backend.call('confirm', { body: { email, code: tried } });
      expectProblem(answer, { status: 429, code: 'too_many_attempts' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(windowSeconds - 60);
    }
    await backend.letTimePass(windowSeconds);
    expect((await backend.call('confirm', { body: { email, code } })).status).toBe(204);
  });

  it('AU05: ends at the limit for a reset', async () => {
    const { email } = await backend.newAccount();
    await backend.call('forgotPassword', { body: { email } });
    const code = backend.codeFor(email);
    const newPassword = 'better-horse-2';
    for (let index = 0; index < attempts; index += 1) {
      const answer = await backend.call('resetPassword', { body: { email, code: other(code), newPassword } });
      expectProblem(answer, { status: 400, code: 'invalid_code' });
    }
    expectProblem(await backend.call('resetPassword', { body: { email, code, newPassword } }), { status: 429, code: 'too_many_attempts' });
    expect((await backend.call('login', { body: { email, password: goodPassword } })).status).toBe(200);
  });

  it('answers a code for nobody like a wrong one', async () => {
    const known = await register();
    const answers = await Promise.all(
      [known, backend.newEmail()].map((email) => backend.call('confirm', { body: { email, code: '000000' } })),
    );
    for (const answer of answers) expectProblem(answer, { status: 400, code: 'invalid_code' });
    expect({ ...answers[0]?.json, requestId: '' }).toEqual({ ...answers[1]?.json, requestId: '' });
  });
});

describe('resetPassword', () => {
  it('refuses a password that breaks the policy, and keeps the code good', async () => {
    const { email } = await backend.newAccount();
    await backend.call('forgotPassword', { body: { email } });
    const code = backend.codeFor(email);
    const weak = await backend.call('resetPassword', { body: { email, code, newPassword: 'short' } });
    expectProblem(weak, { status: 400, code: 'invalid_password', pointers: ['/newPassword'] });
    expect((await backend.call('resetPassword', { body: { email, code, newPassword: 'better-horse-2' } })).status).toBe(204);
  });

  it('JW14: sets the password, ends all sessions and lifts the pause of wrong passwords', async () => {
    const user = await backend.newUser();
    for (let index = 0; index < authLimits.passwordsPerAddress.attempts; index += 1) {
      await backend.call('login', { body: { email: user.email, password: 'wrong-horse-1' } });
    }
    expect((await backend.call('login', { body: { email: user.email, password: goodPassword } })).status).toBe(429);
    await backend.call('forgotPassword', { body: { email: user.email } });
    const body = { email: user.email, code: backend.codeFor(user.email), newPassword: 'better-horse-2' };
    expect((await backend.call('resetPassword', { body })).status).toBe(204);
    expectProblem(await backend.call('refresh', { body: { refreshToken: user.refreshToken } }), { status: 401, code: 'invalid_session' });
    expectProblem(await backend.call('login', { body: { email: user.email, password: goodPassword } }), {
      status: 401,
      code: 'invalid_credentials',
    });
    expect((await backend.call('login', { body: { email: user.email, password: 'better-horse-2' } })).status).toBe(200);
    expectProblem(await backend.call('resetPassword', { body }), { status: 400, code: 'invalid_code' });
  });
});
