import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bucketArn, outcomeOf, type RunningS3, runS3 } from './support/run-s3.ts';
import { codeOf, sendRaw } from './support/send-raw.ts';

const Bucket = 'photos';
const objects = `${bucketArn(Bucket)}/*`;
const allow = (Action: string | string[], Resource: string = objects, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const policy = (...Statement: object[]) => ({
  logicalId: 'Policy',
  type: 'AWS::S3::BucketPolicy',
  properties: { Bucket, PolicyDocument: { Version: '2012-10-17', Statement } },
});
const open = { PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true } };
let s3: RunningS3;

const start = async (...options: Parameters<typeof runS3>): Promise<void> => {
  s3 = await runS3(...options);
  for (const Key of ['a', 'public/a'])
    await s3.root.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', Tagging: `for=${Key.length}` }));
};

afterEach(() => s3.dispose());

const get = (Key: string) => outcomeOf(s3.worker.send(new GetObjectCommand({ Bucket, Key })));
const put = (Key: string, more: object = {}) => outcomeOf(s3.worker.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more })));

describe('what a role may do', () => {
  const id = 'upload';
  const calls: [string, (client: S3Client) => Promise<unknown>, string[]][] = [
    ['GetObject', (client) => client.send(new GetObjectCommand({ Bucket, Key: 'a' })), ['s3:GetObject']],
    ['HeadObject', (client) => client.send(new HeadObjectCommand({ Bucket, Key: 'a' })), ['s3:GetObject']],
    ['PutObject', (client) => client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' })), ['s3:PutObject']],
    [
      'PutObject with tags',
      (client) => client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', Tagging: 'a=b' })),
      ['s3:PutObject', 's3:PutObjectTagging'],
    ],
    ['DeleteObject', (client) => client.send(new DeleteObjectCommand({ Bucket, Key: 'none' })), ['s3:DeleteObject']],
    [
      'CopyObject with tags',
      (client) => client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: 'photos/a' })),
      ['s3:GetObject', 's3:GetObjectTagging', 's3:PutObject', 's3:PutObjectTagging'],
    ],
    ['GetObjectTagging', (client) => client.send(new GetObjectTaggingCommand({ Bucket, Key: 'a' })), ['s3:GetObjectTagging']],
    [
      'GetObjectAttributes',
      (client) => client.send(new GetObjectAttributesCommand({ Bucket, Key: 'a', ObjectAttributes: ['ETag'] })),
      ['s3:GetObject', 's3:GetObjectAttributes'],
    ],
    ['CreateMultipartUpload', (client) => client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' })), ['s3:PutObject']],
    ['ListParts', (client) => client.send(new ListPartsCommand({ Bucket, Key: 'b', UploadId: id })), ['s3:ListMultipartUploadParts']],
    [
      'AbortMultipartUpload',
      (client) => client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'b', UploadId: id })),
      ['s3:AbortMultipartUpload'],
    ],
  ];

  it.each(calls)('%s needs each of its actions, and no other', async (_name, call, actions) => {
    for (const missing of actions) {
      await start({ worker: [allow(actions.filter((action) => action !== missing).concat('s3:Nothing'))] });
      expect(await outcomeOf(call(s3.worker))).toMatch(/^403/);
      await s3.dispose();
    }
    await start({ worker: [allow(actions)] });
    expect(await outcomeOf(call(s3.worker))).toMatch(/done|NoSuchUpload/);
  });

  it('hides from who may not list whether an object is there', async () => {
    await start({ worker: [allow(['s3:GetObject'])] });
    expect(await get('none')).toBe('403 AccessDenied');
    await s3.dispose();
    await start({ worker: [allow(['s3:GetObject']), allow('s3:ListBucket', bucketArn(Bucket))] });
    expect(await get('none')).toBe('404 NoSuchKey');
  });

  it('goes by prefixes of lists, tags of objects and headers of writes', async () => {
    await start({
      worker: [
        allow('s3:ListBucket', bucketArn(Bucket), { Condition: { StringEquals: { 's3:prefix': 'public/' } } }),
        allow('s3:GetObject', objects, { Condition: { StringEquals: { 's3:ExistingObjectTag/for': '8' } } }),
        allow('s3:PutObject', objects, { Condition: { Null: { 's3:if-none-match': 'false' } } }),
      ],
    });
    const list = (Prefix?: string) => outcomeOf(s3.worker.send(new ListObjectsV2Command({ Bucket, Prefix })));
    expect([await list(), await list('public/')]).toEqual(['403 AccessDenied', 'done']);
    expect([await get('a'), await get('public/a')]).toEqual(['403 AccessDenied', 'done']);
    expect([await put('new'), await put('new', { IfNoneMatch: '*' })]).toEqual(['403 AccessDenied', 'done']);
  });

  it('is less where the policy of the bucket denies', async () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${bucketArn(Bucket)}/public/*` };
    await start({ worker: [allow('s3:*')], resources: [policy(deny)] });
    expect([await get('a'), await get('public/a')]).toEqual(['done', '403 AccessDenied']);
  });

  it('is asked for each object of a list of deletions', async () => {
    await start({ worker: [allow('s3:DeleteObject', `${bucketArn(Bucket)}/public/*`)] });
    const Delete = { Objects: [{ Key: 'a' }, { Key: 'public/a' }] };
    const { Deleted, Errors } = await s3.worker.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect([Deleted?.map(({ Key }) => Key), Errors?.map(({ Key, Code }) => [Key, Code])]).toEqual([['public/a'], [['a', 'AccessDenied']]]);
  });
});

describe('what everyone may do', () => {
  const everyone = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${bucketArn(Bucket)}/public/*` };
  const read = (path: string, headers: Record<string, string> = {}) => sendRaw(s3.url, path, { headers });

  it('is nothing, unless the policy says so and public access is not blocked', async () => {
    await start({ resources: [policy(everyone)] });
    expect(codeOf(await read('/photos/public/a'))).toBe('403 AccessDenied');
    await s3.dispose();
    await start({ buckets: { photos: open } });
    expect(codeOf(await read('/photos/public/a'))).toBe('403 AccessDenied');
    await s3.dispose();
    await start({ buckets: { photos: open }, resources: [policy(everyone)] });
    expect(codeOf(await read('/photos/a'))).toBe('403 AccessDenied');
    expect(codeOf(await sendRaw(s3.url, '/photos/public/a', { method: 'PUT', body: 'x' }))).toBe('403 AccessDenied');
    expect(codeOf(await read('/photos/public/a?response-content-type=text/html'))).toBe('400 InvalidRequest');
    expect((await read('/photos/public/a')).body).toBe('hello');
    expect((await read('/public/a', { host: `photos.localhost:${new URL(s3.url).port}` })).body).toBe('hello');
  });

  it('is not for pages of other sites, nor under foreign names', async () => {
    await start({ buckets: { photos: open }, resources: [policy(everyone)] });
    expect(codeOf(await read('/photos/public/a', { origin: 'https://evil.example' }))).toBe('403 AccessDenied');
    expect(codeOf(await read('/photos/public/a', { 'sec-fetch-site': 'cross-site' }))).toBe('403 AccessDenied');
    expect(codeOf(await read('/photos/public/a', { host: 'evil.example' }))).toBe('403 AccessDenied');
    expect(codeOf(await read('/photos/public/a', { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }))).toBe(
      '403 AccessDenied',
    );
    expect((await read('/photos/public/a', { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' })).body).toBe('hello');
    expect((await read('/photos/public/a', { 'sec-fetch-site': 'cross-site', referer: 'http://localhost:3000/' })).body).toBe('hello');
  });
});

describe('CORS', () => {
  const CorsConfiguration = {
    CorsRules: [
      {
        ...{ AllowedOrigins: ['http://localhost:3000', 'https://*.example.com'], AllowedMethods: ['PUT', 'POST', 'GET'] },
        ...{ AllowedHeaders: ['content-*', 'x-amz-*'], ExposedHeaders: ['ETag'], MaxAge: 3_600 },
      },
    ],
  };
  const ask = (origin: string, method: string, headers = 'content-type') =>
    sendRaw(s3.url, '/photos/a', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });

  it('lets no page in without rules', async () => {
    await start();
    expect(codeOf(await ask('http://localhost:3000', 'PUT'))).toBe('403 AccessForbidden');
  });

  it.each([
    ['another origin', 'https://evil.example', 'PUT', 'content-type'],
    ['another method', 'http://localhost:3000', 'DELETE', 'content-type'],
    ['another header', 'http://localhost:3000', 'PUT', 'content-type, authorization'],
  ])('refuses %s', async (_name, origin, method, headers) => {
    await start({ buckets: { photos: { CorsConfiguration } } });
    const answer = await ask(origin, method, headers);
    expect([codeOf(answer), answer.headers['access-control-allow-origin']]).toEqual(['403 AccessForbidden', undefined]);
  });

  it('lets in what a rule names, and lets pages read refusals too', async () => {
    await start({ buckets: { photos: { CorsConfiguration } } });
    const answer = await ask('https://app.example.com', 'PUT', 'content-type, X-Amz-Meta-a');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'PUT, POST, GET',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      'access-control-expose-headers': 'ETag',
      'access-control-max-age': '3600',
    });
    const refused = await sendRaw(s3.url, '/photos/a', { headers: { origin: 'https://app.example.com' } });
    expect([codeOf(refused), refused.headers['access-control-allow-origin']]).toEqual(['403 AccessDenied', 'https://app.example.com']);
  });
});

describe('readObject', () => {
  const source = 'arn:aws:cloudfront::111122223333:distribution/E1';
  const cloudfront = { service: 'cloudfront.amazonaws.com', sourceArn: source };
  const Condition = { StringEquals: { 'AWS:SourceArn': source } };
  const toService = { Effect: 'Allow', Principal: { Service: cloudfront.service }, Action: 's3:GetObject', Resource: objects, Condition };
  const text = async (path: string, more: object = {}): Promise<[number, string]> => {
    const read = { method: 'GET' as const, domainName: 'photos.s3.eu-west-1.amazonaws.com', path, headers: {}, as: cloudfront, ...more };
    const { status, body } = await s3.service.readObject(read);
    if (typeof body === 'string' || Buffer.isBuffer(body)) return [status, /<Code>(\w+)/.exec(String(body))?.[1] ?? ''];
    return [status, Buffer.concat(await body.toArray()).toString()];
  };

  it('reads in the name of the service that the policy of the bucket names', async () => {
    await start({ resources: [policy(toService)] });
    expect(await text('/a', { as: { ...cloudfront, sourceArn: `${source}X` } })).toEqual([403, 'AccessDenied']);
    expect(await text('/a', { as: undefined })).toEqual([403, 'AccessDenied']);
    expect(await text('/a', { domainName: 'other.s3.amazonaws.com' })).toEqual([404, 'NoSuchBucket']);
    expect(await text('/none')).toEqual([403, 'AccessDenied']);
    expect(await text('/a')).toEqual([200, 'hello']);
    expect(await text('/public%2Fa', { domainName: 'photos.s3.amazonaws.com', headers: { range: 'bytes=1-2' } })).toEqual([206, 'el']);
  });

  it('goes by the tags of the object', async () => {
    const deny = { ...toService, Effect: 'Deny', Condition: { StringNotEquals: { 's3:ExistingObjectTag/for': '8' } } };
    await start({ resources: [policy(toService, deny)] });
    expect([await text('/a'), await text('/public/a')]).toEqual([
      [403, 'AccessDenied'],
      [200, 'hello'],
    ]);
  });
});
