import { authRoutes } from '../../contracts/auth.ts';
import { dataRoutes } from '../../contracts/data.ts';
import type { ApiAnswer, ApiCall } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';
import { sendRaw, statusesOf } from './raw-request.ts';

// HTTP itself, by the ids of the table of adversarial cases.

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const routes = [...Object.values(authRoutes), ...Object.values(dataRoutes)];
const filled = (path: string): string => path.replace(/\{\w+\}/g, 'x');
const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;

describe('HT04 headers of every answer', () => {
  const expectHeaders = ({ headers }: ApiAnswer): void => {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(Number(/max-age=(\d+)/.exec(headers['strict-transport-security'] ?? '')?.[1])).toBeGreaterThanOrEqual(31_536_000);
    expect(headers['x-request-id']).toMatch(/\S/);
    expect(headers['server']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
  };

  it('HT04: are there for each route, with a token and without', async () => {
    for (const { method, path } of routes.filter((route) => route.path !== authRoutes.deleteMe.path || route.method !== 'DELETE')) {
      const call: ApiCall = { method, path: filled(path), ...(method !== 'GET' && { body: {} }) };
      expectHeaders(await backend.asGuest(call));
      expectHeaders(await backend.as('b', call));
    }
  });

  it('HT04: are there for success', async () => {
    const note = await backend.create('a', 'Note', { title: 'x', slug: 'ht04' });
    const path = `/data/Note/${String(note['id'])}`;
    const answers = [
      await backend.as('a', { path }),
      await backend.as('a', { path, headers: { 'if-none-match': '"1"' } }),
      await backend.as('a', { path: '/data/Note' }),
      await backend.as('a', { path: '/auth/me' }),
      await backend.as('admin', { path: '/admin/users' }),
      await backend.as('a', { method: 'DELETE', path }),
      await backend.asGuest({ path: '/openapi.json' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 304, 200, 200, 200, 204, 200]);
    for (const answer of answers.slice(0, 6)) expectHeaders(answer);
    expect(answers[6]?.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  });
});

describe('HT05 whose answer it is', () => {
  it('HT05: one user’s account is never another’s, whatever is put behind the path', async () => {
    for (const path of ['/auth/me', '/auth/me?cb=1', '/auth/me?cb=1&x=.css']) {
      const [ofA, ofB] = [await backend.as('a', { path }), await backend.as('b', { path })];
      expect(ofB.text).not.toContain(backend.users.a.email);
      expect(ofA.text).not.toContain(backend.users.b.email);
      for (const answer of [ofA, ofB]) expect(answer.headers['cache-control']).toBe('no-store');
    }
    for (const path of ['/auth/me/x.css', '/auth/me/', '/auth/me%2Fx.css', '/auth/me;x.css', '/auth/me.css']) {
      const answer = await backend.as('a', { path });
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain(backend.users.a.email);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });
});

describe('HT06 headers that tell of another host or path', () => {
  const misleading = {
    'x-forwarded-host': 'evil.com',
    'x-forwarded-proto': 'http',
    'x-forwarded-prefix': '/admin',
    'x-original-url': '/admin/users',
    'x-rewrite-url': '/admin/users',
    'x-override-url': '/admin/users',
    forwarded: 'for=1.2.3.4;host=evil.com;proto=http',
    'x-host': 'evil.com',
    'x-http-host-override': 'evil.com',
  };

  it('HT06: change no answer', async () => {
    const note = await backend.create('a', 'Note', { title: 'x', slug: 'ht06' });
    for (const path of [
      '/data/Note',
      `/data/Note/${String(note['id'])}`,
      '/auth/me',
      '/nowhere',
      '/data/Post',
      '/admin/users',
      '/openapi.json',
    ]) {
      const plain = await backend.as('a', { path });
      const misled = await backend.as('a', { path, headers: misleading });
      const shown = ({ status, text }: ApiAnswer) => [status, text.replace(/"requestId":"[^"]*"/, '')];
      expect(shown(misled)).toEqual(shown(plain));
    }
  });

  it('HT06: are in no link', async () => {
    const created = await backend.as('a', {
      method: 'POST',
      path: '/data/Note',
      body: { title: 'x', slug: 'ht06-b' },
      headers: misleading,
    });
    expect(created.headers['location']).toBe(`/data/Note/${(created.json as { id: string }).id}`);
    const { email } = await backend.newUser();
    await backend.asGuest({ method: 'POST', path: '/auth/forgot-password', body: { email }, headers: misleading });
    expect(backend.mailTo(email)).toMatch(/\d{6}/);
    expect(backend.mailTo(email)).not.toMatch(/evil\.com|https?:/);
  });

  it('HT06: make no other source of a request', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      const headers = { 'x-forwarded-for': `10.0.0.${index}`, 'x-real-ip': `10.0.0.${index}`, forwarded: `for=10.0.0.${index}` };
      const body = { email: 'ht06-nobody@example.com', password: 'wrong-horse-1' };
      statuses.push((await backend.asGuest({ method: 'POST', path: '/auth/login', body, headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('HT09 requests that are no HTTP', () => {
  const requestOf = (lines: readonly string[], body = ''): string => `${lines.join('\r\n')}\r\n\r\n${body}`;
  const authorization = (): string => `Authorization: Bearer ${backend.users.a.accessToken}`;
  const smuggled = 'GET /admin/users HTTP/1.1\r\nHost: x\r\n\r\n';

  it.each<[string, () => string]>([
    [
      'a length and chunks',
      () =>
        requestOf(
          [
            'POST /data/Sample HTTP/1.1',
            'Host: x',
            authorization(),
            'Content-Type: application/json',
            'Content-Length: 4',
            'Transfer-Encoding: chunked',
          ],
          `0\r\n\r\n${smuggled}`,
        ),
    ],
    [
      'chunks that are none',
      () => requestOf(['POST /data/Sample HTTP/1.1', 'Host: x', 'Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`),
    ],
    [
      'chunks behind something',
      () => requestOf(['POST /data/Sample HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`),
    ],
    ['two lengths', () => requestOf(['POST /data/Sample HTTP/1.1', 'Host: x', 'Content-Length: 0', 'Content-Length: 38'], smuggled)],
    ['a length with a sign', () => requestOf(['POST /data/Sample HTTP/1.1', 'Host: x', 'Content-Length: +0'], smuggled)],
    ['a blank before the colon', () => requestOf(['GET /data/Post HTTP/1.1', 'Host: x', 'Content-Length : 0'], smuggled)],
    ['a line that goes on', () => requestOf(['GET /data/Post HTTP/1.1', 'Host: x', 'X-A: b', ' c: d'])],
    ['bare line feeds', () => 'GET /data/Post HTTP/1.1\nHost: x\n\n'],
    ['bare carriage returns', () => 'GET /data/Post HTTP/1.1\rHost: x\r\r'],
    ['a NUL in a header', () => requestOf(['GET /data/Post HTTP/1.1', 'Host: x', 'X-A: a\u0000b'])],
    ['a blank in the path', () => requestOf(['GET /data/Post x HTTP/1.1', 'Host: x'])],
    ['another protocol', () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a header of 100 KB', () => requestOf(['GET /data/Post HTTP/1.1', 'Host: x', `X-A: ${'x'.repeat(100_000)}`])],
    ['a path of 100 KB', () => requestOf([`GET /data/Post?${'x'.repeat(100_000)} HTTP/1.1`, 'Host: x'])],
    [
      '5,000 headers',
      () => requestOf(['GET /data/Post HTTP/1.1', 'Host: x', ...Array.from({ length: 5_000 }, (_, index) => `X-${index}: x`)]),
    ],
  ])('HT09: %s are refused, the connection is closed, and others are served', async (_, make) => {
    await backend.changesNothing(async () => {
      const answer = await sendRaw(backend.apiUrl, make());
      const statuses = statusesOf(answer);
      expect(statuses.length).toBeLessThanOrEqual(1);
      for (const status of statuses) expect([400, 405, 408, 413, 431]).toContain(status);
      expect(answer).not.toMatch(/"users"|"items"|openapi/);
    });
    expect((await backend.as('a', { path: '/data/Post' })).status).toBe(200);
  });

  it('HT09: headers that never end hold up nobody else', async () => {
    const slow = Array.from({ length: 30 }, () => sendRaw(backend.apiUrl, 'GET /data/Post HTTP/1.1\r\nHost: x\r\nX-A: ', 1_500));
    const body = Array.from({ length: 30 }, () =>
      sendRaw(
        backend.apiUrl,
        'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
        1_500,
      ),
    );
    for (let index = 0; index < 10; index += 1) expect((await backend.as('a', { path: '/data/Post' })).status).toBe(200);
    await Promise.all([...slow, ...body]);
  });
});

describe('HT10 errors that repeat what the caller wrote', () => {
  const script = '<script>alert(1)</script>';

  it.each(['text/html', '*/*', 'application/xml', 'text/html;q=1, application/json;q=0.1', ''])(
    'HT10: are JSON for Accept %j',
    async (accept) => {
      const calls: ApiCall[] = [
        { path: `/data/Note${query({ filter: JSON.stringify({ [script]: 1 }) })}` },
        { path: `/data/Note${query({ sort: script })}` },
        { path: `/data/${encodeURIComponent(script)}` },
        { path: `/nowhere/${encodeURIComponent(script)}` },
        { path: `/data/Note${query({ [script]: '1' })}` },
        { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'ht10', [script]: 1 } },
        { method: 'POST', path: '/auth/login', body: { email: script, password: script } },
      ];
      for (const call of calls) {
        const answer = await backend.as('a', { ...call, headers: { accept } });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(answer.headers['x-content-type-options']).toBe('nosniff');
        expect(answer.json).toMatchObject({ status: answer.status });
      }
    },
  );

  it('HT10: a record with markup is JSON, too', async () => {
    const { id } = await backend.create('a', 'Note', { title: script, slug: 'ht10-b' });
    const answer = await backend.as('a', { path: `/data/Note/${String(id)}`, headers: { accept: 'text/html' } });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toMatchObject({ title: script });
  });
});

describe('HT13 routes that tell of the inside', () => {
  it.each([
    ...['/version', '/docs', '/swagger', '/swagger-ui.html', '/api-docs', '/debug', '/debug/pprof', '/metrics', '/health', '/status'],
    ...['/actuator', '/actuator/env', '/env', '/.env', '/.git/config', '/config.json', '/index.mjs', '/index.mjs.map', '/handler.js.map'],
    ...['/_plinth/', '/_plinth/inbox', '/_plinth/dump', '/server-status', '/graphql', '/console', '/admin', '/admin/', '/package.json'],
  ])('HT13: %s is no route', async (path) => {
    for (const actor of ['a', 'admin'] as const) {
      expectProblem(await backend.as(actor, { path }), { status: 404, code: 'unknown_route' });
    }
    expectProblem(await backend.asGuest({ path }), { status: 404, code: 'unknown_route' });
  });

  it('HT13: the OpenAPI document shows routes and schemas, and nothing of what is behind them', async () => {
    const { text } = await backend.asGuest({ path: '/openapi.json' });
    expect(text).not.toMatch(/arn:|amazonaws|dynamodb|lambda|_TABLE|AWS_|127\.0\.0\.1|node_modules/i);
  });
});
