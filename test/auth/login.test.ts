import { authLimits } from '../../contracts/auth.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, comparableHeaders, goodPassword } from './auth-backend.ts';
import type { Fault } from './fault-proxy.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterEach(() => backend.resetClock());
afterAll(() => backend?.stop());

const logIn = (email: string, password = goodPassword, from?: string) =>
  backend.call('login', { body: { email, password }, ...(from && { from }) });

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

describe('login', () => {
  it.each([
    ['an object as the password', { email: 'a@example.com', password: { $ne: null } }],
    ['a list as the password', { email: 'a@example.com', password: ['x'] }],
    ['true as the address', { email: true, password: 'x' }],
    ['a number as the address', { email: 5, password: 'x' }],
    ['nothing', {}],
  ])('AU12: refuses %s without a look-up', async (_, body) => {
    const operations = await backend.cognitoOperationsOf(async () => {
      expectProblem(await backend.call('login', { body }), { status: 400, code: 'validation_failed' });
    });
    expect(operations).toEqual([]);
  });

  it('AU01: answers an unknown address, a wrong password and a disabled account alike', async () => {
    const admin = await backend.newUser(['admins']);
    const known = await backend.newAccount();
    const disabled = await backend.newAccount();
    await backend.call('disableUser', { token: admin.token, path: { id: disabled.id } });
    const unconfirmed = backend.newEmail();
    await backend.call('register', { body: { email: unconfirmed, password: goodPassword } });
    const answers = [
      await logIn('nobody@example.com'),
      await logIn(known.email, 'wrong-horse-1'),
      await logIn(disabled.email),
      await logIn(disabled.email, 'wrong-horse-1'),
      await logIn(unconfirmed, 'wrong-horse-1'),
    ];
    const [first] = answers;
    for (const answer of answers) {
      const problem = expectProblem(answer, { status: 401, code: 'invalid_credentials' });
      expect({ ...problem, requestId: '' }).toEqual({ ...first?.json, requestId: '' });
      expect(comparableHeaders(answer.headers)).toEqual(comparableHeaders(first?.headers ?? {}));
    }
  });

  it('AU01: takes as long for an unknown address as for a wrong password', async () => {
    const differenceMs = async (): Promise<number> => {
      const times = { known: [] as number[], unknown: [] as number[] };
      for (let round = 0; round < 15; round += 1) {
        const addresses = { known: (await backend.newAccount()).email, unknown: backend.newEmail() };
        // At the same time, so that both meet the same machine; each is first as often as the other.
        const kinds = round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
        await Promise.all(kinds.map(async (kind) => times[kind].push(await timeOf(() => logIn(addresses[kind], 'wrong-horse-1')))));
      }
      return Math.abs(medianOf(times.known) - medianOf(times.unknown));
    };
    // A difference that the product makes is there in each series; one that the machine makes is not.
    let least = Number.POSITIVE_INFINITY;
    for (let series = 0; series < 6 && least >= 5; series += 1) least = Math.min(least, await differenceMs());
    expect(least).toBeLessThan(5);
  });

  it('AU14: looks at no more than the limit of 50 parallel wrong passwords', async () => {
    const { email } = await backend.newAccount();
    const operations = await backend.cognitoOperationsOf(async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => logIn(email, `wrong-horse-${index}`)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(50 - authLimits.passwordsPerAddress.attempts);
      for (const answer of refused) {
        expectProblem(answer, { status: 429, code: 'too_many_attempts' });
        expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(authLimits.passwordsPerAddress.windowSeconds);
      }
    });
    expect(operations.filter((name) => name === 'AdminInitiateAuth')).toHaveLength(authLimits.passwordsPerAddress.attempts);
    expectProblem(await logIn(email), { status: 429, code: 'too_many_attempts' });
    await backend.letTimePass(authLimits.passwordsPerAddress.windowSeconds);
    expect((await logIn(email)).status).toBe(200);
  });

  it('counts an unknown address like a known one', async () => {
    const email = backend.newEmail();
    for (let index = 0; index < authLimits.passwordsPerAddress.attempts; index += 1) {
      expectProblem(await logIn(email, 'wrong-horse-1'), { status: 401, code: 'invalid_credentials' });
    }
    expectProblem(await logIn(email, 'wrong-horse-1'), { status: 429, code: 'too_many_attempts' });
  });

  it('forgets wrong passwords after a right one, and never counts right ones', async () => {
    const { email } = await backend.newAccount();
    const from = backend.newSource();
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 3; index += 1) expect((await logIn(email, 'wrong-horse-1', from)).status).toBe(401);
      expect((await logIn(email, goodPassword, from)).status).toBe(200);
    }
    for (let index = 0; index < 8; index += 1) expect((await logIn(email, goodPassword, from)).status).toBe(200);
  });

  it('limits one source that tries many addresses, and nobody else', async () => {
    const from = backend.newSource();
    const { attempts } = authLimits.passwordsPerSource;
    const answers = await Promise.all(Array.from({ length: attempts + 20 }, () => logIn(backend.newEmail(), 'wrong-horse-1', from)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(attempts);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    const { email } = await backend.newAccount();
    expectProblem(await logIn(email, goodPassword, from), { status: 429, code: 'too_many_attempts' });
    expect((await logIn(email)).status).toBe(200);
  });
});

describe('FI24 login while Cognito fails', () => {
  const cases: readonly (readonly [name: string, fault: Fault, status: number, code: ErrorCode])[] = [
    ['TooManyRequestsException', { status: 400, type: 'TooManyRequestsException' }, 429, 'rate_limited'],
    ['InternalErrorException', { status: 500, type: 'InternalErrorException' }, 503, 'unavailable'],
    ['LimitExceededException', { status: 400, type: 'LimitExceededException' }, 429, 'too_many_attempts'],
    ['a bad gateway', { status: 502, type: 'x' }, 503, 'unavailable'],
    ['no answer', 'hang', 503, 'unavailable'],
  ];
  afterEach(() => backend.proxy.faults.clear());

  it.each(cases)('answers %s as what it is, and counts nothing', async (_, fault, status, code) => {
    const { email } = await backend.newAccount();
    backend.proxy.faults.set('AdminInitiateAuth', fault);
    for (let round = 0; round < (fault === 'hang' ? 1 : 2); round += 1) {
      const answers = await Promise.all([1, 2, 3].map(() => logIn(email)));
      for (const answer of answers) {
        expectProblem(answer, { status, code });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
    }
    backend.proxy.faults.clear();
    expect((await logIn(email)).status).toBe(200);
  });

  it('answers 500 without details when the function may not do what it needs', async () => {
    backend.proxy.faults.set('AdminInitiateAuth', { status: 400, type: 'AccessDeniedException' });
    expectProblem(await logIn(backend.newEmail()), { status: 500, code: 'internal_error' });
  });
});
