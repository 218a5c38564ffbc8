import { authRoutes } from '../../contracts/auth.ts';
import { dataRoutes } from '../../contracts/data.ts';
import type { ApiAnswer, ApiCall } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, casesApp, startCases } from './cases-backend.ts';

// What pages of other origins may do, by the ids of the table of adversarial cases.

const origin = 'https://app.example.com';
const routes = [...Object.values(authRoutes), ...Object.values(dataRoutes)];
const filled = (path: string): string => path.replace(/\{\w+\}/g, 'x');
/** What the client sends beside what browsers always may. */
const sentHeaders = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'];
const shownHeaders = ['etag', 'idempotency-replayed', 'location', 'retry-after', 'www-authenticate', 'x-request-id'];

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases({ ...casesApp, settings: { corsOrigins: [origin] } });
});
afterAll(() => backend?.stop());

const from = (call: ApiCall, name: string): Promise<ApiAnswer> => backend.asGuest({ ...call, headers: { ...call.headers, origin: name } });
const preflight = (path: string, method: string, name: string, headers = sentHeaders): Promise<ApiAnswer> =>
  from(
    { method: 'OPTIONS', path, headers: { 'access-control-request-method': method, 'access-control-request-headers': headers.join(',') } },
    name,
  );
const corsOf = ({ headers }: ApiAnswer): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
const wordsOf = (value: unknown): readonly string[] =>
  String(value)
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .sort();

describe('HT01 origins that are not allowed', () => {
  it.each([
    ...['https://evil.com', 'null', 'https://app.example.com.evil.com', 'http://app.example.com', 'https://app.example.com:8443'],
    ...['https://evil.com/https://app.example.com', 'https://xapp.example.com', 'https://app.example.com/', 'https://APP.example.com.'],
    ...['https://user@app.example.com', 'app.example.com', 'file://', '*', 'https://app.example.com, https://evil.com', ''],
  ])('HT01: %j gets no permission, in a preflight or in an answer', async (name) => {
    for (const { method, path } of routes) {
      const answer = await preflight(filled(path), method, name);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    for (const call of [{ path: '/data/Post' }, { path: '/data/Note' }, { path: '/nowhere' }, { path: '/openapi.json' }]) {
      expect((await from(call, name)).headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('HT01: no answer to anybody allows credentials, or every origin', async () => {
    for (const name of [origin, 'https://evil.com', 'null']) {
      for (const answer of [await from({ path: '/data/Post' }, name), await preflight('/data/Post', 'POST', name)]) {
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
        expect(answer.headers['access-control-allow-origin']).not.toBe('*');
      }
    }
  });
});

describe('HT02 preflights', () => {
  it('HT02: of every route and header that the client uses are allowed', async () => {
    for (const { method, path } of routes) {
      const answer = await preflight(filled(path), method, origin);
      expect(answer.status).toBe(204);
      const cors = corsOf(answer);
      expect(cors['access-control-allow-origin']).toBe(origin);
      expect(wordsOf(cors['access-control-allow-methods'])).toEqual(['delete', 'get', 'head', 'patch', 'post', 'put']);
      expect(wordsOf(cors['access-control-allow-headers'])).toEqual(sentHeaders);
      expect(Number(cors['access-control-max-age'])).toBeLessThanOrEqual(7_200);
      expect(answer.text).toBe('');
    }
  });

  it('HT02: call no function, and change nothing', async () => {
    await backend.changesNothing(async () => {
      for (const { method, path } of routes) await preflight(filled(path), method, origin);
    });
  });

  it('HT02: answers show pages what they need', async () => {
    const answer = await from({ path: '/data/Post' }, origin);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(wordsOf(answer.headers['access-control-expose-headers'])).toEqual(shownHeaders);
  });
});

describe('HT03 refusals, as a page sees them', () => {
  it.each<[string, ApiCall, number, string]>([
    ['without a token', { path: '/data/Note' }, 401, 'unauthenticated'],
    ['with a bad one', { path: '/data/Post', token: 'x.y.z' }, 401, 'unauthenticated'],
    ['of an unknown route', { path: '/nowhere' }, 404, 'unknown_route'],
    ['of an unknown model', { path: '/data/Nothing' }, 404, 'unknown_model'],
    ['of a method', { method: 'PUT', path: '/data/Post' }, 405, 'method_not_allowed'],
    ['of a large login', { method: 'POST', path: '/auth/login', body: `{"email":"${'x'.repeat(5_400_000)}"}` }, 413, 'body_too_large'],
    [
      'of a media type',
      { method: 'POST', path: '/auth/login', body: 'x', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['of a body', { method: 'POST', path: '/auth/login', body: '{' }, 400, 'invalid_json'],
  ])('HT03: %s are problems that the page may read', async (_, call, status, code) => {
    const answer = await from(call, origin);
    expectProblem(answer, { status, code: code as 'unauthenticated' });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });

  it('HT03: what the gateway itself refuses is JSON that the page may read', async () => {
    const large = await from({ method: 'POST', path: '/auth/login', body: 'x'.repeat(7_000_000) }, origin);
    expect(large.status).toBe(413);
    expect(large.json).toEqual({ message: expect.any(String) });
    expect(large.headers['access-control-allow-origin']).toBe(origin);
  });
});

describe('HT03 too many requests', () => {
  it('HT03: beyond the throttle are refused with 429, and the page may read it', async () => {
    const throttled = await startCases({ ...casesApp, settings: { corsOrigins: [origin], throttle: { ratePerSecond: 1, burst: 20 } } });
    try {
      const answers = await Promise.all(Array.from({ length: 60 }, () => throttled.asGuest({ path: '/data/Post', headers: { origin } })));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(30);
      for (const answer of refused) {
        expect(answer.json).toEqual({ message: 'Too Many Requests' });
        expect(answer.headers['access-control-allow-origin']).toBe(origin);
      }
    } finally {
      await throttled.stop();
    }
  });
});
