import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { outcomeOf, type RunningS3, runS3, until } from './support/run-s3.ts';

const Bucket = 'photos';
const DAY = 86_400_000;
const enabled = { VersioningConfiguration: { Status: 'Enabled' } };
let s3: RunningS3;

afterEach(() => s3.dispose());

const start = async (properties: Record<string, unknown>, more: object = {}): Promise<void> => {
  s3 = await runS3({ buckets: { photos: properties }, ...more });
};
const put = async (Key: string, Body: string, more: object = {}): Promise<string | undefined> =>
  (await s3.root.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId;
const read = async (Key: string, VersionId?: string): Promise<string | undefined> =>
  (await s3.root.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const remove = (Key: string, VersionId?: string) => s3.root.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const versions = async (): Promise<string[]> => {
  const { Versions = [], DeleteMarkers = [] } = await s3.root.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions.map(({ Key }) => `${Key}`), ...DeleteMarkers.map(({ Key }) => `-${Key}`)];
};
const keys = async (): Promise<(string | undefined)[]> =>
  ((await s3.root.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);

describe('versions', () => {
  it('keep what is overwritten and deleted until it is deleted by its id', async () => {
    await start(enabled);
    const [one = '', two = ''] = [await put('a', 'one'), await put('a', 'two')];
    expect(one).not.toBe(two);
    const { DeleteMarker, VersionId: marker = '' } = await remove('a');
    expect(DeleteMarker).toBe(true);
    expect(await outcomeOf(read('a'))).toBe('404 NoSuchKey');
    expect(await outcomeOf(read('a', marker))).toBe('405 MethodNotAllowed');
    expect(await outcomeOf(read('a', 'none'))).toBe('404 NoSuchVersion');
    expect([await read('a', one), await read('a', two), await keys()]).toEqual(['one', 'two', []]);
    expect(await versions()).toEqual(['a', 'a', '-a']);
    await s3.root.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `photos/a?versionId=${one}` }));
    expect(await read('b')).toBe('one');
    await remove('a', marker);
    expect(await read('a')).toBe('two');
    await remove('a', two);
    expect(await read('a')).toBe('one');
    await remove('a', one);
    expect(await outcomeOf(remove('a', one))).toBe('done');
    expect(await versions()).toEqual(['b']);
  });

  it('are listed newest first, page by page', async () => {
    await start(enabled);
    for (const body of ['1', '2', '3']) await put('a', body);
    await put('b/c', '4');
    const seen: unknown[] = [];
    for (let input: object | undefined = {}; input !== undefined; ) {
      const page: ListObjectVersionsCommandOutput = await s3.root.send(
        new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, Delimiter: '/', ...input }),
      );
      seen.push(...(page.Versions ?? []).map(({ IsLatest }) => IsLatest), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
      input = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
    }
    expect(seen).toEqual([true, false, false, 'b/']);
  });

  it('are not made where versioning is suspended', async () => {
    await start({ VersioningConfiguration: { Status: 'Suspended' } });
    await put('a', 'one');
    await put('a', 'two');
    expect(await versions()).toEqual(['a']);
    await remove('a');
    expect(await versions()).toEqual(['-a']);
  });

  it('need leave of their own', async () => {
    const worker = [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: '*' }];
    await start(enabled, { worker });
    const VersionId = await put('a', 'one');
    expect(await outcomeOf(s3.worker.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId })))).toBe('403 AccessDenied');
    expect(await outcomeOf(s3.worker.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId })))).toBe('403 AccessDenied');
    expect(await outcomeOf(s3.worker.send(new DeleteObjectCommand({ Bucket, Key: 'a' })))).toBe('done');
  });
});

describe('lifecycle rules', () => {
  const rules = (...Rules: object[]) => ({ LifecycleConfiguration: { Rules: Rules.map((rule) => ({ Status: 'Enabled', ...rule })) } });

  it('delete objects whose days have passed, those of the prefix and the tags only', async () => {
    await start(rules({ Prefix: 'tmp/', ExpirationInDays: 2, TagFilters: [{ Key: 'k', Value: 'v' }] }));
    await put('tmp/a', 'a', { Tagging: 'k=v' });
    await put('tmp/b', 'b');
    await put('a', 'a', { Tagging: 'k=v' });
    s3.clock.advance(DAY);
    await put('tmp/later', 'a', { Tagging: 'k=v' });
    await new Promise((done) => setTimeout(done, 1_200));
    expect(await keys()).toContain('tmp/a');
    s3.clock.advance(2 * DAY);
    await until(async () => !(await keys()).includes('tmp/a'));
    expect(await keys()).toEqual(['a', 'tmp/b', 'tmp/later']);
  });

  it('end uploads that were left, and old versions, and markers that hide nothing', async () => {
    await start({
      ...enabled,
      ...rules({
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        ExpiredObjectDeleteMarker: true,
      }),
    });
    await s3.root.send(new CreateMultipartUploadCommand({ Bucket, Key: 'left' }));
    await put('a', 'one');
    await put('a', 'two');
    await put('gone', 'x');
    await remove('gone');
    s3.clock.advance(8 * DAY);
    await until(async () => (await s3.root.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads === undefined);
    expect(await versions()).toEqual(['a', 'a', 'gone', '-gone']);
    s3.clock.advance(24 * DAY);
    await until(async () => (await versions()).join() === 'a');
    expect(await read('a')).toBe('two');
  });
});

describe('dump', () => {
  it('tells what is stored', async () => {
    await start({});
    await put('a', 'hello', { ContentType: 'text/plain', Metadata: { m: '1' } });
    await s3.root.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [{ Key: 't', Value: '2' }] } }));
    await s3.root.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(await s3.service.dump()).toMatchObject({
      buckets: {
        photos: [
          { key: 'a', size: 5, etag: '5d41402abc4b2a76b9719d911017c592', type: 'text/plain', metadata: { m: '1' }, tags: { t: '2' } },
        ],
      },
      uploads: [],
      jobs: 0,
    });
  });
});
