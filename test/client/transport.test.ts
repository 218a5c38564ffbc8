import { type ClientOptions, createClient, type NetworkError, type PlinthError } from '../../client/client.ts';
import type { backend } from './notes-backend.ts';
import { problem, type ScriptedServer, type SeenRequest, type Step, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer | undefined;
const start = async (script: (request: SeenRequest, index: number) => Step, options: Partial<ClientOptions> = {}) => {
  server = await startScriptedServer(script);
  const { data, auth } = createClient<typeof backend>({ url: server.url, ...options });
  return { notes: data.Note, auth, seen: server.seen };
};
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const failureOf = async (promise: Promise<unknown>): Promise<PlinthError & NetworkError> => {
  try {
    await promise;
  } catch (failure) {
    return failure as PlinthError & NetworkError;
  }
  throw new Error('the call succeeded');
};

const note = { id: '1', title: 'a' };
const create = { title: 'a', slug: 'a', secret: 's', authorId: '1' };

describe('createClient', () => {
  it.each(['', 'api.example.com', 'ftp://example.com', 'https://', 'https://a.example/?x=1', 'javascript:alert(1)'])(
    'refuses the url "%s"',
    (url) => {
      expect(() => createClient({ url })).toThrow(TypeError);
    },
  );
});

describe('Transport', () => {
  it('escapes U+FFFD, which a backend takes for bytes that are not UTF-8', async () => {
    const { notes, seen } = await start(() => ({ status: 201, json: note }));
    await notes.create({ ...create, title: 'a\ufffdb' });
    expect(seen[0]?.body).toContain('a\\ufffdb');
  });

  it.each(['', '.', '..'])('refuses "%s" in a path and sends nothing', async (id) => {
    const { notes, seen } = await start(() => ({ json: note }));
    await expect(notes.read(id)).rejects.toThrow(TypeError);
    await expect(notes.delete(id)).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  });

  it('encodes what it puts into paths and queries', async () => {
    const { notes, seen } = await start(() => ({ json: { items: [] } }));
    await notes.read('a/b?c#d é%2F');
    await notes.list({
      filter: { title: { eq: 'a&b=c' } } as never,
      sort: '-createdAt' as never,
      limit: 5,
      fields: ['id', 'owner'],
    });
    expect(seen.map(({ url }) => url)).toEqual([
      '/data/Note/a%2Fb%3Fc%23d%20%C3%A9%252F',
      '/data/Note?filter=%7B%22title%22%3A%7B%22eq%22%3A%22a%26b%3Dc%22%7D%7D&sort=-createdAt&limit=5&fields=id%2Cowner',
    ]);
  });

  it('gives all members of a problem', async () => {
    const errors = [{ pointer: '/title', code: 'too_short', detail: 'At least 1 characters are needed.' }];
    const body = { status: 400, code: 'validation_failed', detail: 'Look.', requestId: 'r-9', errors };
    const { notes } = await start(() => ({ status: 400, json: body }));
    const failure = await failureOf(notes.create(create));
    expect(failure).toMatchObject({
      name: 'PlinthError',
      code: 'validation_failed',
      status: 400,
      detail: 'Look.',
      message: 'Look.',
      requestId: 'r-9',
      errors,
    });
  });

  it.each([
    [401, '{"message":"Unauthorized"}', 'unauthenticated', 'Unauthorized'],
    [403, '{"message":"Forbidden"}', 'forbidden', 'Forbidden'],
    [404, '{"message":"Not Found"}', 'unknown_route', 'Not Found'],
    [413, '{"message":"Request Entity Too Large"}', 'body_too_large', 'Request Entity Too Large'],
    [414, '', 'uri_too_long', 'The backend answered with status 414.'],
    [418, '', 'validation_failed', 'The backend answered with status 418.'],
    [429, '{"message":"Too Many Requests"}', 'rate_limited', 'Too Many Requests'],
    [500, '<html>', 'internal_error', 'The backend answered with status 500.'],
    [503, '{"message":"Service Unavailable"}', 'unavailable', 'Service Unavailable'],
    [504, 'null', 'timeout', 'The backend answered with status 504.'],
  ])('reads a gateway’s own %i', async (status, text, code, detail) => {
    const { notes } = await start(() => ({ status, text, headers: { 'x-request-id': 'r-2' } }), { retries: 0 });
    expect(await failureOf(notes.read('1'))).toMatchObject({ code, status, detail, requestId: 'r-2' });
  });

  it('keeps only the well-formed parts of a malformed problem', async () => {
    const json = {
      code: { toString: 'x' },
      detail: 7,
      requestId: ['x'],
      errors: [null, 'x', { pointer: 1, code: 'a' }, { pointer: '/a', code: 'b' }],
    };
    const { notes } = await start(() => ({ status: 409, json, headers: { 'retry-after': 'soon' } }));
    expect(await failureOf(notes.read('1'))).toMatchObject({
      code: 'validation_failed',
      detail: 'The backend answered with status 409.',
      requestId: undefined,
      retryAfterSeconds: undefined,
      errors: [{ pointer: '/a', code: 'b', detail: 'b' }],
    });
  });
});

describe('Hostile answers (UI15)', () => {
  it.each([
    ['a prototype key', '{"id":"1","__proto__":{"polluted":true}}'],
    ['an escaped prototype key', '{"id":"1","\\u005f_proto__":{"polluted":true}}'],
    ['a constructor key deep inside', '{"id":"1","meta":[{"constructor":{"prototype":{"polluted":true}}}]}'],
    ['10^6 levels of lists', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['10^5 levels of objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a page of HTML', '<html><body>Log in to the Wi-Fi</body></html>'],
    ['half of the JSON', '{"id":"1'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['nothing', ''],
  ])('ends in an error for %s', async (_, text) => {
    const { notes, seen } = await start(() => ({ text }));
    expect(await failureOf(notes.read('1'))).toMatchObject({ name: 'NetworkError', reason: 'invalid_answer' });
    expect(seen).toHaveLength(1);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([{ items: 'x' }, { items: [1] }, { items: [null] }, { items: [], cursor: 7 }, {}])(
    'ends in an error for the page %j',
    async (json) => {
      const { notes } = await start(() => ({ json }));
      expect(await failureOf(notes.list())).toMatchObject({ reason: 'invalid_answer' });
    },
  );

  it('ends in an error for a list that never goes on', async () => {
    const { notes, seen } = await start(() => ({ json: { items: [note], cursor: 'same' } }));
    const drain = async () => {
      for await (const _ of notes.all());
    };
    expect(await failureOf(drain())).toMatchObject({ reason: 'invalid_answer' });
    expect(seen).toHaveLength(2);
  });

  it.each([
    { accessToken: 1, refreshToken: 'r', expiresInSeconds: 1 },
    { accessToken: 'a' },
    {},
    { accessToken: 'a', refreshToken: 'r', expiresInSeconds: '9' },
  ])('does not sign in with the tokens %j', async (json) => {
    const { auth } = await start(() => ({ json }));
    expect(await failureOf(auth.login({ email: 'a', password: 'b' }))).toMatchObject({ reason: 'invalid_answer' });
    expect(await auth.isSignedIn()).toBe(false);
  });

  it('does not follow a redirect', async () => {
    const other = await startScriptedServer(() => ({ json: { accessToken: 'stolen' } }));
    const { auth } = await start(() => ({ status: 307, headers: { location: `${other.url}/auth/login` } }));
    expect(await failureOf(auth.login({ email: 'a', password: 'b' }))).toMatchObject({ name: 'NetworkError' });
    expect(other.seen).toEqual([]);
    await other.close();
  });
});

describe('Retries (UI14)', () => {
  const firstFails =
    (failure: Step) =>
    (_: SeenRequest, index: number): Step =>
      index === 0 ? failure : { json: note };

  it.each<[string, Step]>([
    ['a broken connection', 'drop'],
    ['429', problem(429, 'rate_limited')],
    ['500', problem(500, 'internal_error')],
    ['503', problem(503, 'unavailable')],
  ])('does not repeat a write after %s', async (_, failure) => {
    const { notes, auth, seen } = await start(firstFails(failure));
    await failureOf(notes.create(create));
    expect(seen).toHaveLength(1);
    await auth.register({ email: 'a', password: 'b' });
    expect(seen).toHaveLength(2);
  });

  it.each<[string, Step]>([
    ['a broken connection', 'drop'],
    ['429', problem(429, 'rate_limited')],
    ['503', problem(503, 'unavailable')],
  ])('repeats a read after %s', async (_, failure) => {
    const { notes, seen } = await start(firstFails(failure));
    expect(await notes.read('1')).toEqual(note);
    expect(seen).toHaveLength(2);
  });

  it('repeats a keyed write with the same key and body', async () => {
    const { notes, seen } = await start((_, index) => ['drop' as const, problem(409, 'in_progress'), { json: note }][index] ?? 'drop');
    expect(await notes.create(create, { idempotencyKey: true })).toEqual(note);
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(seen.map(({ body }) => body))).toEqual(new Set([JSON.stringify(create)]));
    expect(seen).toHaveLength(3);
  });

  it('makes a new key for each write and takes the caller’s own', async () => {
    const { notes, seen } = await start(() => ({ json: note }));
    await notes.update('1', create, { idempotencyKey: true });
    await notes.update('1', create, { idempotencyKey: true });
    await notes.delete('1', { idempotencyKey: 'order-7' });
    const [first, second, third] = seen.map(({ headers }) => headers['idempotency-key']);
    expect(first).not.toBe(second);
    expect(third).toBe('order-7');
  });

  it.each([400, 401, 403, 404, 409, 412])('does not repeat a read after %i', async (status) => {
    const { notes, seen } = await start(() => ({ status }));
    await failureOf(notes.read('1'));
    expect(seen).toHaveLength(1);
  });

  it('gives up after the bound, with the last failure', async () => {
    const { notes, seen } = await start(() => problem(503, 'unavailable'), { retries: 2 });
    expect(await failureOf(notes.read('1'))).toMatchObject({ code: 'unavailable' });
    expect(seen).toHaveLength(3);
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('waits as long as Retry-After says in %s', async (_, retryAfter) => {
    const { notes, seen } = await start(firstFails(problem(429, 'rate_limited', { 'retry-after': retryAfter() })));
    const before = Date.now();
    await notes.read('1');
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
    expect(seen).toHaveLength(2);
  });

  it('leaves a long Retry-After to the application', async () => {
    const { notes, seen } = await start(() => problem(429, 'rate_limited', { 'retry-after': '3600' }));
    expect(await failureOf(notes.read('1'))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3_600 });
    expect(seen).toHaveLength(1);
  });

  it('sends nothing for a signal that is aborted already', async () => {
    const { notes, seen } = await start(() => ({ json: note }));
    const reason = new Error('left the page');
    await expect(notes.read('1', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });

  it('stops waiting for an answer when it is aborted', async () => {
    const { notes, seen } = await start(() => 'hang');
    const controller = new AbortController();
    const reading = notes.read('1', {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    expect(await failureOf(reading)).toMatchObject({ name: 'AbortError' });
    expect(seen).toHaveLength(1);
  });

  it('stops waiting for the next try when it is aborted', async () => {
    const { notes, seen } = await start(() => problem(429, 'rate_limited', { 'retry-after': '20' }));
    const before = Date.now();
    await failureOf(notes.read('1', {}, { signal: AbortSignal.timeout(100) }));
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(seen).toHaveLength(1);
  });

  it('tells a time-out from an unreachable backend', async () => {
    const { notes } = await start(() => 'hang', { timeoutMs: 50, retries: 0 });
    expect(await failureOf(notes.read('1'))).toMatchObject({ name: 'NetworkError', reason: 'timeout' });
    await server?.close();
    expect(await failureOf(notes.read('1'))).toMatchObject({ name: 'NetworkError', reason: 'unreachable', cause: expect.anything() });
  });
});
