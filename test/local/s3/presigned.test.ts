import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { outcomeOf, type RunningS3, runS3 } from './support/run-s3.ts';
import { codeOf, type RawAnswer, sendRaw } from './support/send-raw.ts';

const Bucket = 'photos';
const allow = (Action: string | string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });
let s3: RunningS3;

beforeEach(async () => {
  s3 = await runS3({ worker: [allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::photos/own/*')] });
});

afterEach(() => s3.dispose());

/** As the files feature signs: what the uploader must send is signed. */
const signPut = (more: object = {}, expiresIn = 60, client: S3Client = s3.worker): Promise<string> =>
  getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'own/a', ...more }), {
    expiresIn,
    signableHeaders: new Set(['content-type', 'content-length']),
    unhoistableHeaders: new Set(['x-amz-checksum-sha256', 'x-amz-meta-kind']),
  });

const signGet = (Key = 'own/a', expiresIn = 60, more: object = {}): Promise<string> =>
  getSignedUrl(s3.worker, new GetObjectCommand({ Bucket, Key, ...more }), { expiresIn });

const send = (url: string, options: Parameters<typeof sendRaw>[2] = {}): Promise<RawAnswer> => {
  const { pathname, search } = new URL(url);
  return sendRaw(s3.url, pathname + search, options);
};

const put = (url: string, body: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  send(url, { method: 'PUT', body, headers: { 'content-length': String(body.length), ...headers } });

const withParameter = (url: string, name: string, value: string | undefined): string => {
  const changed = new URL(url);
  if (value === undefined) changed.searchParams.delete(name);
  else changed.searchParams.set(name, value);
  return changed.href;
};

const nothingStored = async (): Promise<void> => {
  expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

describe('presigned uploads', () => {
  const exact = { ContentType: 'image/png', ContentLength: 5, ChecksumSHA256: sha256('hello') };
  const headers = { 'content-type': 'image/png', 'x-amz-checksum-sha256': sha256('hello') };

  it.each<[string, (url: string) => Promise<RawAnswer>, string]>([
    ['ST07 a byte more than was signed', (url) => put(url, 'hello!', headers), '403 SignatureDoesNotMatch'],
    ['ST08 a byte less than was signed', (url) => put(url, 'hell', headers), '403 SignatureDoesNotMatch'],
    ['ST08 other bytes of the same length', (url) => put(url, 'HELLO', headers), '400 BadDigest'],
    [
      'ST08 another checksum than was signed',
      (url) => put(url, 'HELLO', { ...headers, 'x-amz-checksum-sha256': sha256('HELLO') }),
      '403 SignatureDoesNotMatch',
    ],
    ['ST11 another type', (url) => put(url, 'hello', { ...headers, 'content-type': 'text/html' }), '403 SignatureDoesNotMatch'],
    ['ST11 another key', (url) => put(url.replace('own/a', 'own/b'), 'hello', headers), '403 SignatureDoesNotMatch'],
    ['ST11 another bucket', (url) => put(url.replace('/photos/', '/other/'), 'hello', headers), '403 SignatureDoesNotMatch'],
    ['another method', (url) => send(url, { headers }), '403 SignatureDoesNotMatch'],
    ['metadata that nobody signed', (url) => put(url, 'hello', { ...headers, 'x-amz-meta-a': 'b' }), '403 AccessDenied'],
    ['tags that nobody signed', (url) => put(url, 'hello', { ...headers, 'x-amz-tagging': 'a=b' }), '403 AccessDenied'],
    ['a copy that nobody signed', (url) => put(url, 'hello', { ...headers, 'x-amz-copy-source': 'photos/own/x' }), '403 AccessDenied'],
    [
      'a parameter that nobody signed',
      (url) => put(withParameter(url, 'x-amz-tagging', 'a=b'), 'hello', headers),
      '403 SignatureDoesNotMatch',
    ],
    ['another host', (url) => put(url, 'hello', { ...headers, host: `localhost:${new URL(url).port}` }), '403 SignatureDoesNotMatch'],
    [
      'a changed signature',
      (url) => put(withParameter(url, 'X-Amz-Signature', '0'.repeat(64)), 'hello', headers),
      '403 SignatureDoesNotMatch',
    ],
    [
      'an unknown key',
      (url) => put(url.replace(/Credential=ASIA\w+/, 'Credential=ASIANOBODY'), 'hello', headers),
      '403 InvalidAccessKeyId',
    ],
    ['a token of somebody else', (url) => put(withParameter(url, 'X-Amz-Security-Token', 'x'), 'hello', headers), '400 InvalidToken'],
    [
      'a longer time than was signed',
      (url) => put(withParameter(url, 'X-Amz-Expires', '604800'), 'hello', headers),
      '403 SignatureDoesNotMatch',
    ],
    [
      'ST09 more than seven days',
      (url) => put(withParameter(url, 'X-Amz-Expires', '604801'), 'hello', headers),
      '400 AuthorizationQueryParametersError',
    ],
    [
      'a missing date',
      (url) => put(withParameter(url, 'X-Amz-Date', undefined), 'hello', headers),
      '400 AuthorizationQueryParametersError',
    ],
    [
      'another algorithm',
      (url) => put(withParameter(url, 'X-Amz-Algorithm', 'none'), 'hello', headers),
      '400 AuthorizationQueryParametersError',
    ],
    [
      'a missing length',
      (url) => send(url, { method: 'PUT', headers: { ...headers, 'transfer-encoding': 'chunked' }, body: 'hello' }),
      '403 SignatureDoesNotMatch',
    ],
  ])('refuse %s, and store nothing', async (_name, use, expected) => {
    expect(codeOf(await use(await signPut(exact)))).toBe(expected);
    await nothingStored();
  });

  it('ST09 refuse a URL whose time has passed by the clock of the run', async () => {
    const url = await signPut(exact, 60);
    s3.clock.advance(59_000);
    expect((await put(url, 'hello', headers)).status).toBe(200);
    s3.clock.advance(2_500);
    const answer = await put(url, 'hello', headers);
    expect(codeOf(answer)).toBe('403 AccessDenied');
    expect(answer.body).toContain('<Message>Request has expired</Message><X-Amz-Expires>60</X-Amz-Expires>');
  });

  it('refuse what the role that signed may not do', async () => {
    const answer = await put(await signPut({ ...exact, Key: 'others/a' }), 'hello', headers);
    expect(codeOf(answer)).toBe('403 AccessDenied');
    expect(answer.body).toContain('is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::photos/others/a');
    await nothingStored();
  });

  it('take exactly what was signed', async () => {
    expect((await put(await signPut(exact), 'hello', headers)).status).toBe(200);
    const { ContentType, ContentLength } = await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'own/a' }));
    expect([ContentType, ContentLength]).toEqual(['image/png', 5]);
  });

  it('take metadata that stands in the URL', async () => {
    const url = await getSignedUrl(s3.worker, new PutObjectCommand({ Bucket, Key: 'own/a', Metadata: { kind: 'x' } }), { expiresIn: 60 });
    // The SDK signs the checksum of nothing with it, unless it is told not to.
    expect(url).toContain('x-amz-meta-kind=x');
    const answer = await put(url, 'hello');
    expect([200, 400]).toContain(answer.status);
    if (answer.status === 200)
      expect((await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'own/a' }))).Metadata).toEqual({ kind: 'x' });
  });

  it('do not stand in for other requests of the role', async () => {
    const copy = new CopyObjectCommand({ Bucket, Key: 'own/b', CopySource: 'photos/others/x' });
    expect(await outcomeOf(s3.worker.send(copy))).toBe('403 AccessDenied');
  });
});

describe('presigned downloads', () => {
  beforeEach(() => s3.root.send(new PutObjectCommand({ Bucket, Key: 'own/a', Body: 'hello', ContentType: 'text/plain' })));

  it.each<[string, () => Promise<RawAnswer>, string]>([
    ['ST11 another key', async () => send((await signGet()).replace('own/a', 'own/b')), '403 SignatureDoesNotMatch'],
    [
      'another disposition',
      async () => send(withParameter(await signGet(), 'response-content-disposition', 'inline')),
      '403 SignatureDoesNotMatch',
    ],
    ['a key that the role may not read', async () => send(await signGet('others/a')), '403 AccessDenied'],
    ['a key that is not there, to a role that may not list', async () => send(await signGet('own/no')), '403 AccessDenied'],
    [
      'ST14 a header that would break the answer',
      async () => send(await signGet('own/a', 60, { ResponseContentDisposition: 'a\r\nset-cookie: x' })),
      '400 InvalidArgument',
    ],
    [
      'a signature of the old kind',
      async () => sendRaw(s3.url, '/photos/own/a?AWSAccessKeyId=x&Signature=y&Expires=1'),
      '403 AccessDenied',
    ],
    ['no signature', async () => sendRaw(s3.url, '/photos/own/a'), '403 AccessDenied'],
  ])('refuse %s', async (_name, ask, expected) => {
    const answer = await ask();
    expect(codeOf(answer)).toBe(expected);
    expect(answer.body).not.toContain('hello');
  });

  it('give the bytes, with the headers that were signed, to a range and to a page of any site', async () => {
    const url = await signGet('own/a', 60, { ResponseContentDisposition: 'attachment; filename="a.txt"', ResponseContentType: 'text/x' });
    const headers = { range: 'bytes=1-2', origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    const answer = await send(url, { headers });
    expect([answer.status, answer.body, answer.headers['content-disposition'], answer.headers['content-type']]).toEqual([
      ...[206, 'el', 'attachment; filename="a.txt"', 'text/x'],
    ]);
  });

  it('keep keys apart that look alike in a URL', async () => {
    for (const Key of ['own/a b', 'own/a+b', 'own/a%2Fb', "own/é'(1)*!~"]) {
      await s3.root.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
      expect(await (await fetch(await signGet(Key))).text()).toBe(Key);
    }
  });
});
