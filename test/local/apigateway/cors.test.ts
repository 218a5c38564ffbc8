import { type RunningApi, runApi } from './run-api.ts';

const CorsConfiguration = {
  AllowOrigins: ['https://app.example.com'],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['authorization', 'content-type'],
  ExposeHeaders: ['etag'],
  AllowCredentials: true,
  MaxAge: 600,
};
const own = { statusCode: 200, headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'DELETE' }, body: '' };
const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };

const corsHeaders = (answer: Response): Record<string, string> =>
  Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control-')));

/** `fetch` doesn't let one set `Origin` in browsers only; Node does. */
const ask = (api: RunningApi, headers: Record<string, string>, method = 'GET', path = '/'): Promise<Response> =>
  api.fetch(path, { method, headers });

describe('CORS of an API', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await runApi({ routes: { 'GET /': {} }, api: { CorsConfiguration }, handler: () => own });
  });
  afterAll(() => api.dispose());

  it.each(['https://evil.com', 'null', 'https://app.example.com.evil.com', 'http://app.example.com', 'https://app.example.com:8443'])(
    'allows nothing to %s',
    async (origin) => {
      expect(corsHeaders(await ask(api, { origin }))).toEqual({});
      const answer = await ask(api, { ...preflight, origin }, 'OPTIONS');
      expect([answer.status, corsHeaders(answer)]).toEqual([204, {}]);
    },
  );

  it('answers a preflight itself, whatever the path', async () => {
    const before = api.events.length;
    for (const path of ['/', '/no/route']) {
      const answer = await ask(api, preflight, 'OPTIONS', path);
      expect(answer.status).toBe(204);
      expect(corsHeaders(answer)).toEqual({
        'access-control-allow-origin': 'https://app.example.com',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-expose-headers': 'etag',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '600',
      });
    }
    expect(api.events).toHaveLength(before);
  });

  it("puts its headers in the place of the function's", async () => {
    expect(corsHeaders(await ask(api, { origin: 'https://app.example.com' }))).toEqual({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'etag',
    });
    expect(corsHeaders(await ask(api, {}))).toEqual({});
  });

  it('adds them to a reply without content', async () => {
    const quiet = await runApi({ routes: { 'DELETE /': {} }, api: { CorsConfiguration }, handler: () => ({ statusCode: 204 }) });
    const answer = await ask(quiet, { origin: 'https://app.example.com' }, 'DELETE');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example.com']);
    await quiet.dispose();
  });

  it('adds them to its own errors', async () => {
    const answer = await ask(api, { origin: 'https://app.example.com' }, 'GET', '/no/route');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, 'https://app.example.com']);
  });

  it('leaves OPTIONS that is no preflight to the routes', async () => {
    expect((await ask(api, { origin: 'https://app.example.com' }, 'OPTIONS')).status).toBe(404);
  });
});

describe('CORS', () => {
  it('of any origin is a star', async () => {
    const api = await runApi({ routes: { 'GET /': {} }, api: { CorsConfiguration: { AllowOrigins: ['*'] } } });
    expect(corsHeaders(await ask(api, { origin: 'https://x.org' }))).toEqual({ 'access-control-allow-origin': '*' });
    await api.dispose();
  });

  it("is the function's own when the API has no configuration", async () => {
    const api = await runApi({ routes: { 'ANY /': {} }, handler: () => own });
    expect((await ask(api, preflight, 'OPTIONS')).headers.get('access-control-allow-methods')).toBe('DELETE');
    await api.dispose();
  });
});
