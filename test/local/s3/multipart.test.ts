import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { outcomeOf, type RunningS3, runS3 } from './support/run-s3.ts';

const Bucket = 'photos';
const Key = 'big';
const MIN = 5 * 1024 * 1024;
const first = Buffer.alloc(MIN, 'a');
const last = Buffer.from('end');
let s3: RunningS3;

beforeEach(async () => {
  s3 = await runS3();
});

afterEach(() => s3.dispose());

const begin = async (more: object = {}): Promise<string> =>
  (await s3.root.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId ?? '';

const part = async (UploadId: string, PartNumber: number, Body: Buffer, more: object = {}): Promise<CompletedPart> => {
  const { ETag, ChecksumCRC32, ChecksumSHA256 } = await s3.root.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }),
  );
  return { PartNumber, ETag, ...(ChecksumSHA256 === undefined ? { ChecksumCRC32 } : { ChecksumSHA256 }) };
};

const complete = (UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  s3.root.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

const content = async (): Promise<Buffer> => {
  const { Body } = await s3.root.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe('uploads in parts', () => {
  it.each<[string, (id: string, parts: CompletedPart[]) => Promise<unknown>, string]>([
    ['an upload that is not there', (_id, parts) => complete('no', parts), '404 NoSuchUpload'],
    ['no part', (id) => complete(id, []), '400 MalformedXML'],
    ['parts in the wrong order', (id, parts) => complete(id, parts.toReversed()), '400 InvalidPartOrder'],
    ['a part twice', (id, [one]) => complete(id, [one as CompletedPart, one as CompletedPart]), '400 InvalidPartOrder'],
    ['a part that never came', (id, parts) => complete(id, [...parts, { PartNumber: 7, ETag: '"x"' }]), '400 InvalidPart'],
    ['another ETag', (id, [one, two]) => complete(id, [one as CompletedPart, { ...two, ETag: '"x"' }]), '400 InvalidPart'],
    [
      'another checksum',
      (id, [one, two]) => complete(id, [one as CompletedPart, { ...two, ChecksumCRC32: 'AAAAAA==' }]),
      '400 InvalidPart',
    ],
    ['another size than the parts have', (id, parts) => complete(id, parts, { MpuObjectSize: 1 }), '400 InvalidRequest'],
    ['a part 0', (id) => part(id, 0, last), '400 InvalidArgument'],
    ['a part 10,001', (id) => part(id, 10_001, last), '400 InvalidArgument'],
    [
      'ST08 a part with a wrong checksum',
      (id) => part(id, 3, last, { ChecksumSHA256: Buffer.alloc(32).toString('base64') }),
      '400 BadDigest',
    ],
    [
      'a part for another key',
      (id) => s3.root.send(new UploadPartCommand({ Bucket, Key: 'x', UploadId: id, PartNumber: 1, Body: 'a' })),
      '404 NoSuchUpload',
    ],
    [
      'to abort what is not there',
      () => s3.root.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: 'no' })),
      '404 NoSuchUpload',
    ],
  ])('refuse %s, and make no object', async (_name, use, expected) => {
    const id = await begin();
    const parts = [await part(id, 1, first), await part(id, 2, last)];
    expect(await outcomeOf(use(id, parts))).toBe(expected);
    expect(await outcomeOf(content())).toBe('404 NoSuchKey');
    expect((await s3.root.send(new ListPartsCommand({ Bucket, Key, UploadId: id }))).Parts).toHaveLength(2);
  });

  it('refuse a part of less than 5 MiB that is not the last', async () => {
    const id = await begin();
    const parts = [await part(id, 1, first.subarray(1)), await part(id, 2, last)];
    expect(await outcomeOf(complete(id, parts))).toBe('400 EntityTooSmall');
  });

  it('refuse to overwrite when they must not, and can go on', async () => {
    const id = await begin();
    const parts = [await part(id, 1, last)];
    await s3.root.send(new PutObjectCommand({ Bucket, Key, Body: 'there' }));
    expect(await outcomeOf(complete(id, parts, { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
    expect((await content()).toString()).toBe('there');
    expect(await outcomeOf(complete(id, parts))).toBe('done');
    expect((await content()).toString()).toBe('end');
  });

  it('join the parts that are listed, whatever order they came in and however often', async () => {
    const id = await begin({ ContentType: 'video/mp4', Metadata: { a: 'b' }, Tagging: 'k=v' });
    const end = await part(id, 9, last);
    await part(id, 3, Buffer.from('left out'));
    await part(id, 2, Buffer.from('replaced'));
    const start = await part(id, 2, first);
    const { ETag } = await complete(id, [start, end]);
    const whole = Buffer.concat([first, last]);
    expect(whole.equals(await content())).toBe(true);
    const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();
    expect(ETag).toBe(
      `"${createHash('md5')
        .update(Buffer.concat([md5(first), md5(last)]))
        .digest('hex')}-2"`,
    );
    expect(await s3.root.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ...{ ContentLength: whole.length, ContentType: 'video/mp4', Metadata: { a: 'b' }, TagCount: 1 },
    });
    const across = await s3.root.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${MIN - 2}-${MIN}` }));
    expect(await across.Body?.transformToString()).toBe('aae');
    const second = await s3.root.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    expect([await second.Body?.transformToString(), second.PartsCount]).toEqual(['end', 2]);
    expect(await outcomeOf(complete(id, [start, end]))).toBe('404 NoSuchUpload');
    expect(await outcomeOf(part(id, 1, last))).toBe('404 NoSuchUpload');
  });

  it.each([
    ['SHA256', 'COMPOSITE'],
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
  ] as const)('have a checksum %s %s of the whole', async (ChecksumAlgorithm, ChecksumType) => {
    const id = await begin({ ChecksumAlgorithm, ChecksumType });
    const upload = (number: number, body: Buffer) =>
      s3.root.send(new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: number, Body: body, ChecksumAlgorithm }));
    const answers = [await upload(1, first), await upload(2, last)];
    const name = `Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32';
    const parts = answers.map(({ ETag, [name]: value }, index) => ({ PartNumber: index + 1, ETag, [name]: value }));
    if (ChecksumType === 'COMPOSITE') {
      const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
      expect(await outcomeOf(complete(id, bare))).toBe('400 InvalidRequest');
    }
    const done = await complete(id, parts);
    await s3.root.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: Buffer.concat([first, last]), ChecksumAlgorithm }));
    const whole = await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED' }));
    if (ChecksumType === 'FULL_OBJECT') expect(done[name]).toBe(whole[name]);
    else expect(done[name]).toMatch(/-2$/);
    const attributes = await s3.root.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts', 'Checksum'] }));
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 2,
      Parts: [
        { PartNumber: 1, Size: MIN },
        { PartNumber: 2, Size: 3 },
      ],
    });
  });

  it('take parts of other objects', async () => {
    await s3.root.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
    const id = await begin();
    const copy = (more: object) =>
      s3.root.send(new UploadPartCopyCommand({ Bucket, Key, UploadId: id, PartNumber: 1, CopySource: 'photos/source', ...more }));
    expect(await outcomeOf(copy({ CopySourceRange: 'bytes=5-10' }))).toBe('400 InvalidArgument');
    const { CopyPartResult } = await copy({ CopySourceRange: 'bytes=2-4' });
    await complete(id, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect((await content()).toString()).toBe('234');
  });

  it('are listed while they are under way, page by page, and gone when they are given up', async () => {
    const ids = [await begin(), await begin({ Key: 'a/1' }), await begin({ Key: 'a/2' })];
    await part(ids[0] as string, 1, last);
    await part(ids[0] as string, 2, last);
    const page = await s3.root.send(new ListPartsCommand({ Bucket, Key, UploadId: ids[0], MaxParts: 1 }));
    expect([page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]), page.IsTruncated, page.NextPartNumberMarker]).toEqual([
      ...[[[1, 3]], true, '1'],
    ]);
    const list = (more: object = {}) => s3.root.send(new ListMultipartUploadsCommand({ Bucket, ...more }));
    const { Uploads: [one] = [], NextKeyMarker, NextUploadIdMarker } = await list({ MaxUploads: 1 });
    const rest = await list({ KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker });
    expect([one?.Key, ...(rest.Uploads ?? []).map((upload) => upload.Key)]).toEqual(['a/1', 'a/2', 'big']);
    expect((await list({ Prefix: 'a/' })).Uploads).toHaveLength(2);
    expect(await outcomeOf(s3.root.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: ids[0] })))).toBe('done');
    expect((await list()).Uploads).toHaveLength(2);
  });
});
