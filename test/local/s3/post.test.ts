import { createHash } from 'node:crypto';
import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { type RunningS3, runS3 } from './support/run-s3.ts';
import { codeOf, type RawAnswer, sendRaw } from './support/send-raw.ts';

const Bucket = 'photos';
let s3: RunningS3;

beforeEach(async () => {
  s3 = await runS3({
    worker: [{ Effect: 'Allow', Action: ['s3:PutObject', 's3:PutObjectTagging'], Resource: 'arn:aws:s3:::photos/own/*' }],
  });
});

afterEach(() => s3.dispose());

type Fields = Record<string, string>;
type Part = readonly [name: string, value: string | Buffer, more?: string];

/** S3's own variable. */
const FILE_NAME = ['$', '{filename}'].join('');
const BOUNDARY = '----plinth';

/** The body of a form, part by part, as a browser writes it. */
const formOf = (parts: readonly Part[], { end = `--${BOUNDARY}--\r\n` } = {}): Buffer =>
  Buffer.concat([
    ...parts.flatMap(([name, value, more = '']) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(end),
  ]);

const post = (body: Buffer, headers: Fields = {}): Promise<RawAnswer> =>
  sendRaw(s3.url, `/${Bucket}`, {
    method: 'POST',
    body,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': String(body.length), ...headers },
  });

const file = (content: string | Buffer, name = 'a.png'): Part => ['file', content, `; filename="${name}"\r\nContent-Type: text/html`];

const sign = async (options: Partial<PresignedPostOptions> = {}): Promise<Fields> => {
  const input = {
    ...{ Bucket, Key: 'own/a', Expires: 60, Fields: { 'Content-Type': 'image/png' } },
    Conditions: [['content-length-range', 3, 5] as ['content-length-range', number, number]],
    ...options,
  };
  return (await createPresignedPost(s3.worker, input)).fields;
};

const send = (fields: Fields, content: string | Buffer = 'hello', ...rest: Part[]): Promise<RawAnswer> =>
  post(formOf([...Object.entries(fields), file(content), ...rest]));

const nothingStored = async (): Promise<void> => {
  expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
};

const without = (fields: Fields, name: string): Fields => Object.fromEntries(Object.entries(fields).filter(([one]) => one !== name));

const signedPolicy = async (change: (policy: Record<string, unknown>) => unknown): Promise<Fields> => {
  const fields = await sign();
  const policy = change(JSON.parse(Buffer.from(fields['Policy'] ?? '', 'base64').toString()));
  const text = Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)).toString('base64');
  const { createHmac } = await import('node:crypto');
  const [, date = '', region = ''] = (fields['X-Amz-Credential'] ?? '').split('/');
  const hmac = (key: string | Buffer, value: string): Buffer => createHmac('sha256', key).update(value).digest();
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${s3.workerCredentials.secretAccessKey}`);
  return { ...fields, Policy: text, 'X-Amz-Signature': hmac(key, text).toString('hex') };
};

describe('forms with a policy', () => {
  it.each<[string, () => Promise<RawAnswer>, string]>([
    ['ST07 a byte too many', async () => send(await sign(), 'hello!'), '400 EntityTooLarge'],
    ['ST07 a byte too few', async () => send(await sign(), 'he'), '400 EntityTooSmall'],
    ['ST07 very many bytes', async () => send(await sign(), Buffer.alloc(3_000_000)), '400 EntityTooLarge'],
    ['ST11 another key', async () => send({ ...(await sign()), key: 'own/b' }), '403 AccessDenied'],
    ['ST11 another type', async () => send({ ...(await sign()), 'Content-Type': 'text/html' }), '403 AccessDenied'],
    ['ST11 no type', async () => send(without(await sign(), 'Content-Type')), '403 AccessDenied'],
    ['a field that no condition covers', async () => send({ ...(await sign()), 'x-amz-meta-a': 'b' }), '403 AccessDenied'],
    ['tags that no condition covers', async () => send({ ...(await sign()), tagging: '<Tagging><TagSet/></Tagging>' }), '403 AccessDenied'],
    [
      'a redirect that no condition covers',
      async () => send({ ...(await sign()), success_action_redirect: 'http://x' }),
      '403 AccessDenied',
    ],
    [
      'a field that comes twice',
      async () => post(formOf([['key', 'own/a'], ...Object.entries(await sign()), file('hello')])),
      '400 InvalidArgument',
    ],
    ['a changed signature', async () => send({ ...(await sign()), 'X-Amz-Signature': '0'.repeat(64) }), '403 SignatureDoesNotMatch'],
    [
      'a changed policy',
      async () => send({ ...(await sign()), Policy: Buffer.from('{}').toString('base64') }),
      '403 SignatureDoesNotMatch',
    ],
    ['a missing signature', async () => send(without(await sign(), 'X-Amz-Signature')), '400 InvalidArgument'],
    ['a missing token', async () => send(without(await sign(), 'X-Amz-Security-Token')), '400 InvalidToken'],
    [
      'an unknown key id',
      async () => send({ ...(await sign()), 'X-Amz-Credential': 'ASIANOBODY/20260101/eu-west-1/s3/aws4_request' }),
      '400 InvalidArgument',
    ],
    ['no policy at all', async () => send({ key: 'own/a' }), '403 AccessDenied'],
    ['no key', async () => send(without(await sign(), 'key')), '400 InvalidArgument'],
    ['no file', async () => post(formOf(Object.entries(await sign()))), '400 InvalidArgument'],
    ['the file before the fields', async () => post(formOf([file('hello'), ...Object.entries(await sign())])), '400 InvalidArgument'],
    ['a key that the role may not write', async () => send(await sign({ Key: 'others/a' })), '403 AccessDenied'],
    [
      'ST08 a wrong checksum',
      async () => send(await sign({ Fields: { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') } })),
      '400 BadDigest',
    ],
    [
      'a form that ends early',
      async () => post(formOf([...Object.entries(await sign()), file('hel')], { end: '' }).subarray(0, -2)),
      '400 IncompleteBody',
    ],
    ['a body that is no form', async () => post(Buffer.from('hello')), '400 MalformedPOSTRequest'],
    [
      'another type of body',
      async () => post(Buffer.from('a=b'), { 'content-type': 'application/x-www-form-urlencoded' }),
      '412 PreconditionFailed',
    ],
    ['very large fields', async () => send({ ...(await sign()), 'x-ignore-a': 'x'.repeat(30_000) }), '400 MaxPostPreDataLengthExceeded'],
    ['a policy that is no JSON', async () => send(await signedPolicy(() => 'no')), '400 InvalidPolicyDocument'],
    ['a policy without an end', async () => send(await signedPolicy(({ conditions }) => ({ conditions }))), '400 InvalidPolicyDocument'],
    [
      'a policy without conditions',
      async () => send(await signedPolicy(({ expiration }) => ({ expiration }))),
      '400 InvalidPolicyDocument',
    ],
    [
      'a policy with an unknown operator',
      async () => send(await signedPolicy((policy) => ({ ...policy, conditions: [['ends-with', '$key', 'a']] }))),
      '400 InvalidPolicyDocument',
    ],
    [
      'a policy for another bucket',
      async () => send(await signedPolicy((policy) => ({ ...policy, conditions: [...(policy['conditions'] as []), { bucket: 'other' }] }))),
      '403 AccessDenied',
    ],
  ])('refuse %s, and store nothing', async (_name, use, expected) => {
    expect(codeOf(await use())).toBe(expected);
    await nothingStored();
  });

  it('ST09 refuse a form whose time has passed by the clock of the run', async () => {
    const fields = await sign();
    s3.clock.advance(59_000);
    expect((await send(fields)).status).toBe(204);
    s3.clock.advance(3_000);
    const answer = await send(fields);
    expect([codeOf(answer), answer.body.includes('Policy expired.')]).toEqual(['403 AccessDenied', true]);
  });

  it('take what fits, with its type, metadata, tags and checksum', async () => {
    const sum = createHash('sha256').update('hello').digest('base64');
    const tagging = '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>';
    const more = { 'Content-Type': 'image/png', 'x-amz-meta-id': 'é', 'x-amz-checksum-sha256': sum, tagging };
    const answer = await send(await sign({ Fields: more }), 'hello', ['after', 'ignored']);
    expect([answer.status, answer.headers['etag']]).toEqual([204, '"5d41402abc4b2a76b9719d911017c592"']);
    const head = await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'own/a', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentType: 'image/png', ContentLength: 5, ChecksumSHA256: sum });
    expect((await s3.root.send(new GetObjectTaggingCommand({ Bucket, Key: 'own/a' }))).TagSet).toEqual([{ Key: 'k', Value: 'v' }]);
  });

  it.each([
    ['photo.png', 'own/photo.png'],
    ['C:\\dir\\photo.png', 'own/photo.png'],
    ['../../x', 'own/x'],
    ['ST16 a?b#c.png', 'own/ST16 a?b#c.png'],
    ['a%22b', 'own/a"b'],
  ])('fill in the name of the file %s', async (name, key) => {
    const fields = await sign({ Key: `own/${FILE_NAME}`, Conditions: [['starts-with', '$key', 'own/']] });
    expect((await post(formOf([...Object.entries(fields), file('hello', name)]))).status).toBe(204);
    expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)).toEqual([key]);
  });

  it('keep bytes that look like a boundary', async () => {
    const bytes = Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n${'-'.repeat(70_000)}\r\n`);
    const fields = await sign({ Conditions: [['content-length-range', 0, 1_000_000]] });
    expect((await send(fields, bytes)).status).toBe(204);
    const { Body } = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'own/a' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(bytes);
  });

  it.each([
    ['200', 200, undefined],
    ['201', 201, '<PostResponse'],
    ['404', 204, undefined],
  ])('answer with the status %s that the form asks for', async (success_action_status, status, body) => {
    const answer = await send(await sign({ Fields: { success_action_status } }));
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(body ?? '');
  });

  it('send on to where the form says', async () => {
    const answer = await send(await sign({ Fields: { success_action_redirect: 'http://localhost:3000/done?x=1' } }));
    expect(answer.status).toBe(303);
    const { searchParams, pathname } = new URL(String(answer.headers['location']));
    expect([pathname, Object.fromEntries(searchParams)]).toEqual([
      '/done',
      { x: '1', bucket: 'photos', key: 'own/a', etag: '"5d41402abc4b2a76b9719d911017c592"' },
    ]);
  });

  it('come from fetch and FormData too', async () => {
    const { url, fields } = await createPresignedPost(s3.worker, { Bucket, Key: 'own/a', Conditions: [['content-length-range', 0, 10]] });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['hello']), 'é.txt');
    expect((await fetch(url, { method: 'POST', body: form, headers: { origin: 'https://elsewhere.example' } })).status).toBe(204);
  });
});
