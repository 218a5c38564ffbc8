import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { type Cdn, privateKey, startCdn, strangersKey } from './cdn-backend.ts';

let cdn: Cdn;
beforeAll(async () => {
  cdn = await startCdn();
});
afterAll(() => cdn?.dispose());
afterEach(() => cdn.clock.set(Date.now()));

const inSeconds = (seconds: number): string => new Date(cdn.clock.now() + seconds * 1_000).toISOString();
const sign = (path: string, seconds = 60, options: { key?: string; keyId?: string } = {}): string =>
  getSignedUrl({
    url: `${cdn.url}${path}`,
    keyPairId: options.keyId ?? cdn.keyId,
    dateLessThan: inSeconds(seconds),
    privateKey: options.key ?? privateKey,
  });
const signPolicy = (statement: Record<string, unknown>, path = '/private/a'): string =>
  getSignedUrl({ url: `${cdn.url}${path}`, keyPairId: cdn.keyId, privateKey, policy: JSON.stringify({ Statement: [statement] }) });
const until = (seconds: number) => ({ DateLessThan: { 'AWS:EpochTime': Math.floor(cdn.clock.now() / 1_000) + seconds } });

describe('a behavior with trusted key groups', () => {
  it.each<[string, () => string, string]>([
    ['nothing', () => `${cdn.url}/private/a`, 'MissingKey'],
    ['nothing, whose path is written in another way', () => `${cdn.url}/%70rivate/a`, 'MissingKey'],
    ['an unknown key', () => sign('/private/a', 60, { keyId: 'KSTRANGER' }), 'InvalidKey'],
    ['a signature of another key', () => sign('/private/a', 60, { key: strangersKey }), 'AccessDenied'],
    ['a signature for another path', () => sign('/private/a').replace('/private/a', '/private/b'), 'AccessDenied'],
    ['a path that hides in another one', () => sign('/private/a').replace('/private/a', '/x/../private/b'), 'AccessDenied'],
    [
      'a later end than was signed',
      () => sign('/private/a').replace(/Expires=(\d+)/, (_, end) => `Expires=${Number(end) + 1}`),
      'AccessDenied',
    ],
    ['a parameter that was not signed', () => `${sign('/private/a')}&v=2`, 'AccessDenied'],
    ['no signature', () => sign('/private/a').replace(/Signature=[^&]+&?/, ''), 'MissingSignature'],
    ['no policy and no end', () => sign('/private/a').replace(/Expires=\d+&/, ''), 'MissingPolicy'],
    ['a policy that is no JSON', () => sign('/private/a').replace(/Expires=\d+/, 'Policy=abc'), 'AccessDenied'],
    [
      'a policy that begins later',
      () => signPolicy({ Resource: '*', Condition: { ...until(60), DateGreaterThan: { 'AWS:EpochTime': 9_999_999_999 } } }),
      'AccessDenied',
    ],
    ['a policy without an end', () => signPolicy({ Resource: '*', Condition: {} }), 'AccessDenied'],
    [
      'a policy for another network',
      () => signPolicy({ Resource: '*', Condition: { ...until(60), IpAddress: { 'AWS:SourceIp': '10.0.0.0/8' } } }),
      'AccessDenied',
    ],
    ['a policy for another folder', () => signPolicy({ Resource: `${cdn.url}/private/other/*`, Condition: until(60) }), 'AccessDenied'],
  ])('refuses a request with %s', async (_, url, code) => {
    const before = cdn.asked.length;
    const response = await fetch(url());
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining(`<Code>${code}</Code>`)]);
    expect(response.headers.get('x-cache')).toBe('Error from cloudfront');
    expect(cdn.asked).toHaveLength(before);
  });

  it('refuses a signed URL one second after its end, by the clock of the run, although the answer is in the cache', async () => {
    const url = sign('/private/expiring', 10);
    expect((await fetch(url)).status).toBe(200);
    cdn.clock.advance(11_000);
    expect((await fetch(url)).status).toBe(403);
  });

  it('takes a signed URL, and keeps the signature from the origin and the cache', async () => {
    const response = await fetch(sign('/private/a?v=1'));
    expect([response.status, await response.text()]).toEqual([200, '/base/private/a 0123456789']);
    expect(cdn.asked.at(-1)?.url).toBe('/base/private/a?v=1');
    const again = await fetch(sign('/private/a?v=1', 120));
    expect(again.headers.get('x-cache')).toBe('Hit from cloudfront');
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['wildcards', () => ({ Resource: `${cdn.url}/private/?*`, Condition: until(60) })],
    [
      'its network',
      () => ({ Resource: `${cdn.url}/private/*`, Condition: { ...until(60), IpAddress: { 'AWS:SourceIp': '127.0.0.0/8' } } }),
    ],
    ['any scheme', () => ({ Resource: `http*://${new URL(cdn.url).host}/*`, Condition: until(60) })],
  ])('takes a custom policy with %s', async (_, statement) => {
    expect((await fetch(signPolicy(statement()))).status).toBe(200);
  });

  it('takes signed cookies', async () => {
    const policy = JSON.stringify({ Statement: [{ Resource: `${cdn.url}/private/*`, Condition: until(60) }] });
    const cookies = getSignedCookies({ keyPairId: cdn.keyId, privateKey, policy });
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    expect((await fetch(`${cdn.url}/private/cookie`, { headers: { cookie } })).status).toBe(200);
  });
});
