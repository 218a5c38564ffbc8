import { createHash } from 'node:crypto';
import { CloudFrontClient, CreateInvalidationCommand, GetInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { type Cdn, startCdn } from './cdn-backend.ts';

let cdn: Cdn;
beforeAll(async () => {
  cdn = await startCdn();
});
afterAll(() => cdn?.dispose());
afterEach(() => cdn.clock.set(Date.now()));

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`${cdn.url}${path}`, init);
const cacheOf = async (path: string, init?: RequestInit): Promise<string | null> => {
  const response = await get(path, init);
  await response.arrayBuffer();
  return response.headers.get('x-cache');
};

describe('a distribution', () => {
  it('is told by its address in outputs', () => {
    expect(cdn.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(cdn.backend.cdnUrl).toBe(cdn.url);
  });

  it('refuses methods that a behavior does not allow', async () => {
    const response = await get('/a', { method: 'POST', body: 'x' });
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('<Error>')]);
  });

  it('answers 502 when the origin cannot be reached', async () => {
    const response = await get('/broken');
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('cannot be reached')]);
  });

  it('hands a request on without what no policy names', async () => {
    await get('/a?v=1&other=2', { headers: { cookie: 'secret=1', authorization: 'Bearer x', 'x-own': 'y' } });
    const { url, headers } = cdn.asked.at(-1) ?? {};
    expect(url).toBe('/base/a?v=1');
    expect(headers).toMatchObject({ 'user-agent': 'Amazon CloudFront', 'x-secret': 's', 'x-forwarded-for': '127.0.0.1' });
    expect(Object.keys(headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']));
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-own');
  });

  it('hands everything of the viewer on where the policy says so, with the body', async () => {
    const response = await get('/post/x?any=1', { method: 'POST', body: 'hello', headers: { cookie: 'a=1', authorization: 'Bearer x' } });
    expect(response.status).toBe(200);
    expect(cdn.asked.at(-1)).toMatchObject({
      method: 'POST',
      url: '/base/post/x?any=1',
      headers: { cookie: 'a=1', authorization: 'Bearer x', 'content-length': '5' },
    });
  });

  it('serves its root object', async () => {
    expect(await (await get('/')).text()).toBe('/base/index.html 0123456789');
  });

  it('shows its own page for an error that has one', async () => {
    const response = await get('/x?status=410');
    expect([response.status, await response.text()]).toEqual([200, '/base/gone.html 0123456789']);
  });

  it('sets, keeps and removes headers by its policy, and those of CORS for the right origin only', async () => {
    const { headers } = await get('/headers', { headers: { origin: 'https://app.example' } });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': 'https://app.example',
      'access-control-expose-headers': 'ETag',
    });
    expect(headers.has('x-remove')).toBe(false);
    const foreign = await get('/headers', { headers: { origin: 'https://evil.example' } });
    expect(foreign.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('origins', () => {
  it('reaches a function URL in its own name, which is closed to others', async () => {
    expect((await fetch(cdn.backend.outputs['OpenUrl'] ?? '')).status).toBe(403);
    const response = await get('/function/a%20b');
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'image/webp', '/function/a%20b']);
  });

  it('sends a body to a function URL only with its hash, as AWS wants it', async () => {
    const send = (hash: string) => get('/function/x', { method: 'POST', body: 'hello', headers: { 'x-amz-content-sha256': hash } });
    expect((await send('0'.repeat(64))).status).toBe(403);
    expect((await get('/function/x', { method: 'POST', body: 'hello' })).status).toBe(403);
    expect((await send(createHash('sha256').update('hello').digest('hex'))).status).toBe(200);
  });

  it('asks the second one of a group for what the first has not', async () => {
    expect(await (await get('/group/there')).text()).toBe('/base/group/there 0123456789');
    const before = cdn.asked.length;
    const response = await get('/group/missing');
    expect([response.status, await response.text()]).toEqual([200, '/group/missing']);
    expect(cdn.asked).toHaveLength(before + 1);
    expect(await cacheOf('/group/missing')).toBe('Hit from cloudfront');
  });
});

describe('the cache', () => {
  it.each<[string, string]>([
    ['forbids it', 'no-store'],
    ['is private', 'private, max-age=60'],
    ['ends at once', 'max-age=0'],
  ])('keeps nothing whose Cache-Control %s', async (_, control) => {
    const path = `/control?control=${encodeURIComponent(control)}`;
    await cacheOf(path);
    expect(await cacheOf(path)).toBe('Miss from cloudfront');
  });

  it('keeps an answer for as long as the origin says, at most MaxTTL, else DefaultTTL', async () => {
    for (const [path, seconds] of [
      ['/ttl?control=max-age%3D10', 10],
      ['/ttl?control=max-age%3D9999', 300],
      ['/ttl?v=default', 60],
    ] as const) {
      expect(await cacheOf(path)).toBe('Miss from cloudfront');
      cdn.clock.advance((seconds - 1) * 1_000);
      const hit = await get(path);
      expect([hit.headers.get('x-cache'), hit.headers.get('age')]).toEqual(['Hit from cloudfront', String(seconds - 1)]);
      cdn.clock.advance(1_000);
      expect(await cacheOf(path)).toBe('Miss from cloudfront');
    }
  });

  it('tells answers apart by what the policy names, and by nothing else', async () => {
    await cacheOf('/key?v=1&other=1');
    expect(await cacheOf('/key?v=1&other=2')).toBe('Hit from cloudfront');
    expect(await cacheOf('/key?v=2')).toBe('Miss from cloudfront');
    expect(await cacheOf('/key?v=1', { method: 'HEAD' })).toBe('Hit from cloudfront');
  });

  it('asks the origin once for what many want at the same time', async () => {
    const before = cdn.asked.length;
    await Promise.all(Array.from({ length: 20 }, () => cacheOf('/slow?v=together')));
    expect(cdn.asked).toHaveLength(before + 1);
  });

  it('keeps errors shortly', async () => {
    expect(await cacheOf('/missing')).toBe('Error from cloudfront');
    const before = cdn.asked.length;
    await cacheOf('/missing');
    expect(cdn.asked).toHaveLength(before);
    cdn.clock.advance(1_500);
    await cacheOf('/missing');
    expect(cdn.asked).toHaveLength(before + 1);
  });

  it.each(['/large', '/endless'])('lets large objects flow through without keeping them (%s)', async (path) => {
    const response = await get(path);
    expect((await response.arrayBuffer()).byteLength).toBe(6 * 1_048_576);
    expect(await cacheOf(path)).toBe('Miss from cloudfront');
  });

  it('forgets what is invalidated, on the distribution that is named', async () => {
    const { backend } = cdn;
    const client = new CloudFrontClient({ region: 'us-east-1', endpoint: backend.endpointUrl, credentials: backend.credentials });
    const DistributionId = backend.outputs['Id'] ?? '';
    const invalidate = (CallerReference: string, ...Items: string[]) =>
      client.send(
        new CreateInvalidationCommand({ DistributionId, InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } } }),
      );
    await cacheOf('/folder/a');
    await cacheOf('/folder/b');
    await expect(invalidate('1', 'folder')).rejects.toThrow('invalid invalidation paths');
    await expect(client.send(new GetInvalidationCommand({ DistributionId: 'ENONE', Id: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchDistribution',
    });
    await invalidate('2', '/folder/a');
    expect([await cacheOf('/folder/a'), await cacheOf('/folder/b')]).toEqual(['Miss from cloudfront', 'Hit from cloudfront']);
    const { Invalidation } = await invalidate('3', '/folder/*');
    expect([await cacheOf('/folder/a'), await cacheOf('/folder/b')]).toEqual(['Miss from cloudfront', 'Miss from cloudfront']);
    const found = await client.send(new GetInvalidationCommand({ DistributionId, Id: Invalidation?.Id }));
    expect(found.Invalidation).toMatchObject({ Status: 'Completed', InvalidationBatch: { Paths: { Items: ['/folder/*'] } } });
    expect((await invalidate('3', '/folder/*')).Invalidation?.Id).toBe(Invalidation?.Id);
  });
});

describe('parts of an object in the cache', () => {
  const whole = '/base/part 0123456789';
  beforeAll(() => cacheOf('/part'));

  it.each<[string, number, string, string | null]>([
    ['bytes=0-3', 206, whole.slice(0, 4), `bytes 0-3/${whole.length}`],
    ['bytes=18-', 206, whole.slice(18), `bytes 18-20/${whole.length}`],
    ['bytes=-2', 206, '89', `bytes 19-20/${whole.length}`],
    ['bytes=0-9999', 206, whole, `bytes 0-20/${whole.length}`],
    ['bytes=9999-', 416, '', `bytes */${whole.length}`],
    ['bytes=-0', 416, '', `bytes */${whole.length}`],
    ['bytes=a-b', 200, whole, null],
    ['bytes=3-1', 200, whole, null],
    [`bytes=${Array.from({ length: 1_000 }, (_, at) => `${at}-${at}`).join(',')}`, 200, whole, null],
  ])('answers Range: %.20s with %i (ST15)', async (range, status, body, contentRange) => {
    const response = await get('/part', { headers: { range } });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([status, body, contentRange]);
  });

  it('answers 304 to who has it already', async () => {
    const response = await get('/part', { headers: { 'if-none-match': 'W/"v1"' } });
    expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', '"v1"']);
    expect((await get('/part', { headers: { 'if-none-match': '"v2"' } })).status).toBe(200);
  });

  it('gives the whole when it has changed since the first part', async () => {
    expect((await get('/part', { headers: { range: 'bytes=0-1', 'if-range': '"v0"' } })).status).toBe(200);
    expect((await get('/part', { headers: { range: 'bytes=0-1', 'if-range': '"v1"' } })).status).toBe(206);
  });
});
