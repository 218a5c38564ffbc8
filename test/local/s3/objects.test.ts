import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { outcomeOf, type RunningS3, runS3 } from './support/run-s3.ts';

const Bucket = 'photos';
let s3: RunningS3;

beforeEach(async () => {
  s3 = await runS3();
});

afterEach(() => s3.dispose());

const put = (Key: string, Body: string | Buffer = Key, more: object = {}) =>
  s3.root.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more: object = {}): Promise<string> => {
  const { Body } = await s3.root.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return (await Body?.transformToString()) ?? '';
};

describe('objects', () => {
  it.each([
    ['an object that is not there', () => s3.root.send(new GetObjectCommand({ Bucket, Key: 'no' })), '404 NoSuchKey'],
    ['the head of an object that is not there', () => s3.root.send(new HeadObjectCommand({ Bucket, Key: 'no' })), '404 NotFound'],
    ['a bucket that is not there', () => s3.root.send(new PutObjectCommand({ Bucket: 'other', Key: 'a', Body: 'a' })), '404 NoSuchBucket'],
    ['the head of a bucket that is not there', () => s3.root.send(new HeadBucketCommand({ Bucket: 'other' })), '404 NotFound'],
    ['a key of 1,025 bytes', () => put('é'.repeat(512).concat('a')), '400 KeyTooLongError'],
    ['a wrong MD5', () => put('a', 'a', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }), '400 BadDigest'],
    ['an MD5 that is none', () => put('a', 'a', { ContentMD5: 'abc' }), '400 InvalidDigest'],
    ['ST08 a wrong SHA-256', () => put('a', 'a', { ChecksumSHA256: Buffer.alloc(32).toString('base64') }), '400 BadDigest'],
    ['ST08 a checksum that can be none', () => put('a', 'a', { ChecksumSHA256: 'abc' }), '400 InvalidRequest'],
    ['too much metadata', () => put('a', 'a', { Metadata: { note: 'x'.repeat(2_048) } }), '400 MetadataTooLarge'],
    ['a tag with a key of 129 characters', () => put('a', 'a', { Tagging: `${'k'.repeat(129)}=1` }), '400 InvalidTag'],
    ['a copy of nothing', () => s3.root.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: 'photos/no' })), '404 NoSuchKey'],
    ['a condition that S3 does not know', () => put('a', 'a', { IfNoneMatch: '"x"' }), '501 NotImplemented'],
    ['a match with what is not there', () => put('a', 'a', { IfMatch: '"x"' }), '404 NoSuchKey'],
  ])('refuses %s, and stores nothing', async (_name, call, expected) => {
    expect(await outcomeOf(call())).toBe(expected);
    expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  it('gives back what was put, with its type and metadata', async () => {
    const { ETag } = await put('a/b.txt', 'hello', {
      ...{ ContentType: 'text/plain', CacheControl: 'max-age=60', ContentDisposition: 'attachment', Metadata: { owner: 'ada' } },
      Tagging: 'kind=note&empty=',
    });
    const found = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' }));
    expect(await found.Body?.transformToString()).toBe('hello');
    expect(found).toMatchObject({
      ...{ ETag, ContentLength: 5, ContentType: 'text/plain', CacheControl: 'max-age=60', ContentDisposition: 'attachment' },
      ...{ Metadata: { owner: 'ada' }, TagCount: 2, AcceptRanges: 'bytes', ServerSideEncryption: 'AES256' },
    });
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect((await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'a/b.txt' }))).ContentLength).toBe(5);
  });

  it.each([
    '..',
    '../B/x',
    'a/../b',
    '/abs',
    'a//b',
    '//',
    'a%2Fb',
    'a+b',
    'a b',
    'a?b#c',
    'é',
    'e\u0301',
    'A',
    'a',
    '日本語/🐈',
    'x\u0001y',
    "it's (1)*!",
    'é'.repeat(512),
    '~',
    'a\\b',
    'a&b<c>"',
    '%',
    '.',
    'con',
    'trailing.',
    'trailing/',
    ' ',
  ])('ST04 keeps the key %j byte by byte', async (key) => {
    for (const other of ['a/b', 'a', 'A', 'é', 'e\u0301']) if (other !== key) await put(other, 'other');
    await put(key, 'own');
    expect(await read(key)).toBe('own');
    const { Contents = [] } = await s3.root.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(Contents.map(({ Key }) => Key)).toContain(key);
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(await outcomeOf(read(key))).toBe('404 NoSuchKey');
  });

  it('ST08 stores an object without a byte', async () => {
    await put('empty', Buffer.alloc(0));
    expect(await read('empty')).toBe('');
    expect(await outcomeOf(read('empty', { Range: 'bytes=0-' }))).toBe('416 InvalidRange');
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'])(
    'checks and keeps a checksum %s, of a stream too',
    async (ChecksumAlgorithm) => {
      await put('whole', 'hello', { ChecksumAlgorithm });
      const body = Readable.from([Buffer.from('hel'), Buffer.from('lo')]);
      await put('stream', body as unknown as Buffer, { ChecksumAlgorithm, ContentLength: 5 });
      expect(await read('stream')).toBe('hello');
      const heads = await Promise.all(
        ['whole', 'stream'].map((Key) => s3.root.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))),
      );
      const [whole, stream] = heads.map((head) => head[`Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32']);
      expect(whole).toEqual(expect.any(String));
      expect(stream).toBe(whole);
    },
  );

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=a-b', '0123456789', undefined],
    ['bytes=5-2', '0123456789', undefined],
    [`bytes=${Array.from({ length: 1_000 }, (_unused, index) => `${index}-${index}`).join(',')}`, '0123456789', undefined],
  ])('ST15 answers range %#', async (Range, content, contentRange) => {
    await put('digits', '0123456789');
    const found = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));
    expect(await found.Body?.transformToString()).toBe(content);
    expect([found.ContentRange, found.$metadata.httpStatusCode]).toEqual([contentRange, contentRange === undefined ? 200 : 206]);
  });

  it.each(['bytes=10-', 'bytes=9999-', 'bytes=-0'])('ST15 refuses the range %s', async (Range) => {
    await put('digits', '0123456789');
    expect(await outcomeOf(read('digits', { Range }))).toBe('416 InvalidRange');
  });

  it('reads by conditions', async () => {
    const { ETag = '' } = await put('a', 'a');
    const past = new Date(Date.now() - 60_000);
    const future = new Date(Date.now() + 60_000);
    const of = (more: object) => outcomeOf(read('a', more));
    expect(await of({ IfMatch: '"x"' })).toBe('412 PreconditionFailed');
    expect(await of({ IfUnmodifiedSince: past })).toBe('412 PreconditionFailed');
    expect(await of({ IfNoneMatch: ETag })).toMatch(/^304/);
    expect(await of({ IfModifiedSince: future })).toMatch(/^304/);
    expect(await of({ IfMatch: ETag, IfUnmodifiedSince: past })).toBe('done');
    expect(await of({ IfNoneMatch: '"x"', IfModifiedSince: future })).toBe('done');
  });

  it('writes by conditions, once of many at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_unused, index) => outcomeOf(put('once', `${index}`, { IfNoneMatch: '*' }))),
    );
    expect(results.sort()).toEqual([...Array(7).fill('412 PreconditionFailed'), 'done']);
    const { ETag = '' } = await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'once' }));
    expect(await outcomeOf(put('once', 'x', { IfMatch: '"no"' }))).toBe('412 PreconditionFailed');
    expect(await outcomeOf(put('once', 'x', { IfMatch: ETag }))).toBe('done');
    expect(await read('once')).toBe('x');
  });

  it('deletes, again and again, one and many', async () => {
    for (const key of ['a', 'b', 'c']) await put(key);
    for (let time = 0; time < 2; time += 1)
      expect(await outcomeOf(s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'a' })))).toBe('done');
    const { Deleted, Errors } = await s3.root.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }, { Key: 'none & <x>' }] } }),
    );
    expect([Deleted?.map(({ Key }) => Key), Errors ?? []]).toEqual([['b', 'none & <x>'], []]);
    expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)).toEqual(['c']);
  });

  it('copies bytes, metadata and tags, or takes new ones', async () => {
    await put('from é+', 'hello', { ContentType: 'text/plain', Metadata: { a: '1' }, Tagging: 'k=v' });
    const CopySource = `${Bucket}/${encodeURIComponent('from é+')}`;
    await s3.root.send(new CopyObjectCommand({ Bucket, Key: 'same', CopySource }));
    await s3.root.send(
      new CopyObjectCommand({
        ...{ Bucket, Key: 'new', CopySource, MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE' },
        ...{ ContentType: 'text/html', Metadata: { b: '2' }, Tagging: 'n=w' },
      }),
    );
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'from é+' }));
    expect([await read('same'), await read('new')]).toEqual(['hello', 'hello']);
    const [same, changed] = await Promise.all(['same', 'new'].map((Key) => s3.root.send(new HeadObjectCommand({ Bucket, Key }))));
    expect([same?.ContentType, same?.Metadata, changed?.ContentType, changed?.Metadata]).toEqual([
      'text/plain',
      { a: '1' },
      'text/html',
      { b: '2' },
    ]);
    expect((await s3.root.send(new GetObjectTaggingCommand({ Bucket, Key: 'new' }))).TagSet).toEqual([{ Key: 'n', Value: 'w' }]);
    expect(await outcomeOf(s3.root.send(new CopyObjectCommand({ Bucket, Key: 'same', CopySource: `${Bucket}/same` })))).toBe(
      '400 InvalidRequest',
    );
    const stale = { Bucket, Key: 'x', CopySource: `${Bucket}/same`, CopySourceIfMatch: '"no"' };
    expect(await outcomeOf(s3.root.send(new CopyObjectCommand(stale)))).toBe('412 PreconditionFailed');
  });

  it('changes tags and tells attributes', async () => {
    await put('a', 'hello', { ChecksumAlgorithm: 'SHA256' });
    await s3.root.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [{ Key: 'x', Value: '1' }] } }));
    expect((await s3.root.send(new GetObjectTaggingCommand({ Bucket, Key: 'a' }))).TagSet).toEqual([{ Key: 'x', Value: '1' }]);
    const attributes = await s3.root.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'a', ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass'] }),
    );
    expect(attributes).toMatchObject({
      ...{ ETag: '5d41402abc4b2a76b9719d911017c592', ObjectSize: 5, StorageClass: 'STANDARD' },
      Checksum: { ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=' },
    });
  });

  it('lists by prefix and delimiter, page by page, in the order of bytes', async () => {
    const keys = ['a', 'a/1', 'a/2', 'b/x/1', 'b/y', 'c', '\u{1f408}', '\uff21'];
    for (const key of keys) await put(key);
    const pages: (string | undefined)[][] = [];
    for (let token: string | undefined, more = true; more; ) {
      const input = { Bucket, Delimiter: '/', MaxKeys: 2, ...(token !== undefined && { ContinuationToken: token }) };
      const page = await s3.root.send(new ListObjectsV2Command(input));
      pages.push([...(page.Contents ?? []).map(({ Key }) => Key), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)]);
      token = page.NextContinuationToken;
      more = page.IsTruncated === true;
    }
    expect(pages).toEqual([
      ['a', 'a/'],
      ['c', 'b/'],
      ['\uff21', '\u{1f408}'],
    ]);
    const under = await s3.root.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', Delimiter: '/' }));
    expect([under.Contents?.map(({ Key }) => Key), under.CommonPrefixes]).toEqual([['b/y'], [{ Prefix: 'b/x/' }]]);
    const after = await s3.root.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/x/1' }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(['b/y', 'c', '\uff21', '\u{1f408}']);
    const first = await s3.root.send(new ListObjectsCommand({ Bucket, MaxKeys: 1, EncodingType: 'url' }));
    expect([first.Contents?.[0]?.Key, first.IsTruncated]).toEqual(['a', true]);
    expect(await outcomeOf(s3.root.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '!' })))).toBe('400 InvalidArgument');
  });

  it('is one list of buckets', async () => {
    expect((await s3.root.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual(['photos']);
  });
});
