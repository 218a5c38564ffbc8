import { Clock } from '../../local/clock.ts';
import type { LocalBackend } from '../../local/local-backend.ts';
import { runFunctions } from '../local/lambda/run-functions.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { signUpUser, startTestBackend, type TestUser } from '../support/start-local.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const code = `
const keptNow = Date.now;
class Day extends Date { get isDay() { return true; } }
exports.handler = async (event, context) => {
  const before = performance.now();
  await new Promise((done) => setTimeout(done, 5));
  const day = new Day();
  return {
    times: [Date.now(), keptNow(), new Date().getTime(), Date.parse(Date()), day.getTime(), new (new Date().constructor)().getTime()],
    given: new Date(2020, 0, 1).getTime() + new Date('2020-01-01T00:00:00Z').getTime() + Date.UTC(2020, 0) + new Day(5).getTime(),
    kinds: [new Date() instanceof Date, day instanceof Date, day instanceof Day, day.isDay, structuredClone(new Date()) instanceof Date],
    remaining: context.getRemainingTimeInMillis(),
    tookMs: performance.now() - before,
  };
};`;

interface Told {
  readonly times: readonly number[];
  readonly given: number;
  readonly kinds: readonly boolean[];
  readonly remaining: number;
  readonly tookMs: number;
}

describe('the time of functions', () => {
  it('follows the clock at each move, in warm and cold environments', async () => {
    const clock = new Clock();
    const run = await runFunctions({ warm: { code, Timeout: 10 }, cold: { code, Timeout: 10 } }, { context: { clock } });
    const ask = async (name: string): Promise<Told> => (await run.invoke(name)).payload as Told;
    const given = new Date('2020-01-01T00:00:00Z').getTime() * 3 + 5;
    try {
      for (const [name, moveMs] of [
        ['warm', 0],
        ['warm', 25 * HOUR_MS],
        ['cold', 0],
        ['warm', -48 * HOUR_MS],
        ['cold', -clock.offsetMs],
      ] as const) {
        clock.advance(moveMs);
        const told = await ask(name);
        for (const time of told.times) expect(Math.abs(time - clock.now())).toBeLessThan(1_500);
        expect(told).toMatchObject({ given, kinds: [true, true, true, true, true] });
        // Deadlines and timers go on with the machine.
        expect(told.remaining).toBeLessThanOrEqual(10_000);
        expect(told.remaining).toBeGreaterThan(5_000);
        expect(told.tookMs).toBeLessThan(1_000);
      }
    } finally {
      await run.service.dispose();
    }
  });
});

describe('a backend whose clock is moved', () => {
  let backend: LocalBackend;
  let user: TestUser;
  beforeEach(async () => {
    backend = await startTestBackend();
    user = await signUpUser(backend);
  });
  afterEach(() => backend.dispose());

  const logIn = async (): Promise<string> => {
    const answer = await callApi(backend.apiUrl, {
      method: 'POST',
      path: '/auth/login',
      body: { email: user.email, password: user.password },
    });
    return (answer.json as { accessToken: string }).accessToken;
  };
  const create = (token: string): Promise<ApiAnswer> =>
    callApi(backend.apiUrl, {
      method: 'POST',
      path: '/data/Note',
      token,
      headers: { 'idempotency-key': 'moved' },
      body: { title: 'Moved', slug: 'moved' },
    });

  it('JW12 takes an access token for 15 minutes and no longer', async () => {
    const me = () => callApi(backend.apiUrl, { path: '/auth/me', token: user.accessToken });
    backend.clock.advance(14 * MINUTE_MS);
    expect((await me()).status).toBe(200);
    backend.clock.advance(2 * MINUTE_MS);
    expectProblem(await me(), { status: 401, code: 'unauthenticated' });
    expectProblem(await create(user.accessToken), { status: 401, code: 'unauthenticated' });
  });

  it('CO15 gives the first answer to an Idempotency-Key again after 11 minutes, and forgets the key after 25 hours', async () => {
    const first = await create(user.accessToken);
    expect(first.status).toBe(201);
    backend.clock.advance(11 * MINUTE_MS);
    const again = await create(user.accessToken);
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);

    backend.clock.advance(25 * HOUR_MS);
    const token = await logIn();
    // The key is free again, so the request counts as new, and meets the note that holds the slug.
    expectProblem(await create(token), { status: 409, code: 'not_unique' });
    const { id } = first.json as { id: string };
    expect((await callApi(backend.apiUrl, { method: 'DELETE', path: `/data/Note/${id}`, token })).status).toBe(204);
    const anew = await create(token);
    expect(anew).toMatchObject({ status: 201, json: { title: 'Moved' } });
    expect((anew.json as { id: string }).id).not.toBe(id);
    const { createdAt } = anew.json as { createdAt: string };
    expect(Math.abs(Date.parse(createdAt) - backend.clock.now())).toBeLessThan(5_000);
  });
});
