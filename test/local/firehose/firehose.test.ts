import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Clock } from '../../../local/clock.ts';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { allow, arnOf, roleResource, writeAssembly } from '../../support/write-assembly.ts';

const start = Date.parse('2026-03-04T23:58:00Z');
const actions = ['AbortMultipartUpload', 'GetBucketLocation', 'GetObject', 'ListBucket', 'ListBucketMultipartUploads', 'PutObject'];
const stream = (name: string, more: object = {}) => ({
  Type: 'AWS::KinesisFirehose::DeliveryStream',
  Properties: {
    DeliveryStreamName: name,
    ExtendedS3DestinationConfiguration: {
      BucketARN: arnOf('Bucket'),
      RoleARN: arnOf('Role'),
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
      ...more,
    },
  },
});
const assembly = writeAssembly({
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake' } },
  Role: roleResource(allow(actions.map((action) => `s3:${action}`))),
  Weak: roleResource(allow('s3:PutObject')),
  Packed: stream('packed', { CompressionFormat: 'GZIP', Prefix: "by/day=!{timestamp:yyyy-MM-dd}/'x'/!{timestamp:HH'h'mm}/" }),
  Plain: stream('plain', {
    Prefix: 'plain-',
    ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'AppendDelimiterToRecord' }] },
  }),
  Refused: stream('refused', { RoleARN: arnOf('Weak') }),
});
const folder = mkdtempSync(join(tmpdir(), 'plinth-firehose-'));
const clock = new Clock();

let backend: LocalBackend;
let firehose: FirehoseClient;
let s3: S3Client;

const open = async (): Promise<void> => {
  backend = await startLocal({ assembly, folder, clock });
  const { endpointUrl: endpoint, region, credentials } = backend;
  firehose = new FirehoseClient({ endpoint, region, credentials, maxAttempts: 1 });
  s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
};
const close = async (): Promise<void> => {
  firehose.destroy();
  s3.destroy();
  await backend.dispose();
};

beforeAll(open);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => clock.set(start));

const put = (DeliveryStreamName: string, ...texts: readonly string[]) =>
  firehose.send(new PutRecordBatchCommand({ DeliveryStreamName, Records: texts.map((text) => ({ Data: Buffer.from(text) })) }));
const keys = async (Prefix: string): Promise<readonly string[]> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix }));
  return Contents.map(({ Key = '' }) => Key);
};
const bytes = async (Key = ''): Promise<Buffer> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const whenThere = async (prefix: string, count = 1): Promise<readonly string[]> => {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const found = await keys(prefix);
    if (found.length >= count) return found;
    await pause(50);
  }
  throw new Error(`${prefix} never came; there is ${(await keys('')).join(', ')}`);
};

describe('PutRecordBatch refuses', () => {
  it.each([
    ['a stream that is not there', 'missing', ['a'], 'ResourceNotFoundException'],
    ['501 records', 'packed', Array.from({ length: 501 }, () => 'a'), 'InvalidArgumentException'],
    ['no record', 'packed', [], 'InvalidArgumentException'],
    ['a record of more than 1,000 KiB', 'packed', ['a'.repeat(1_024_001)], 'InvalidArgumentException'],
    ['more than 4 MiB', 'packed', Array.from({ length: 5 }, () => 'a'.repeat(1_000_000)), 'InvalidArgumentException'],
  ])('%s, and takes nothing', async (_, name, texts, error) => {
    await expect(put(name, ...texts)).rejects.toMatchObject({ name: error });
    expect(await backend.dump()).toMatchObject({ firehose: { packed: { waitingBytes: 0, batches: [] } } });
  });
});

describe('A delivery stream', () => {
  it('writes what came in a minute of the run’s clock as one object, named by when the first record came', async () => {
    const { FailedPutCount, RequestResponses = [] } = await put('packed', 'one\n', 'two\n');
    expect(FailedPutCount).toBe(0);
    expect(RequestResponses.map(({ RecordId }) => typeof RecordId)).toEqual(['string', 'string']);
    await firehose.send(new PutRecordCommand({ DeliveryStreamName: 'packed', Record: { Data: Buffer.from('ü\n') } }));
    clock.set(start + 50_000);
    await pause(500);
    expect(await keys('by/')).toEqual([]);
    clock.set(start + 180_000);
    const [key = ''] = await whenThere('by/');
    expect(key).toMatch(/^by\/day=2026-03-04\/'x'\/23h58\/packed-1-2026-03-04-23-58-0\d-[0-9a-f-]{36}\.gz$/);
    expect(gunzipSync(await bytes(key)).toString()).toBe('one\ntwo\nü\n');
    await pause(500);
    expect(await keys('by/')).toEqual([key]);
  });

  it('writes at once when enough has come together', async () => {
    await put('packed', 'a'.repeat(600_000));
    await put('packed', 'b'.repeat(600_000));
    const found = await whenThere('by/', 2);
    const texts = await Promise.all(found.map(async (key) => gunzipSync(await bytes(key)).length));
    expect([...texts].sort((one, other) => one - other).at(-1)).toBe(1_200_000);
  });

  it('ends records with a line feed where it is told, and puts the hour behind a prefix without expressions', async () => {
    await put('plain', 'one', 'two');
    clock.set(start + 61_000);
    const [key = ''] = await whenThere('plain-');
    expect(key).toMatch(/^plain-2026\/03\/04\/23\/plain-1-2026-03-04-23-58-0\d-[0-9a-f-]{36}$/);
    expect((await bytes(key)).toString()).toBe('one\ntwo\n');
  });

  it('keeps what its role may not write', async () => {
    await put('refused', 'kept');
    clock.set(start + 61_000);
    await pause(700);
    expect(await backend.dump()).toMatchObject({ firehose: { refused: { batches: [1] } } });
  });

  it('loses nothing that it has taken when the run ends', async () => {
    const before = await keys('by/');
    await put('packed', 'before\n');
    await close();
    await open();
    await put('packed', 'after\n');
    clock.set(start + 61_000);
    const key = (await whenThere('by/', before.length + 1)).find((each) => !before.includes(each));
    expect(gunzipSync(await bytes(key)).toString()).toBe('before\nafter\n');
  });
});

describe('A delivery stream that local mode cannot run', () => {
  it.each([
    ['a processor', { ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda' }] } }, 'has the processor Lambda'],
    ['another compression', { CompressionFormat: 'Snappy' }, 'compresses by Snappy'],
    ['no bucket', { BucketARN: undefined }, 'has no bucket'],
  ])('(%s) keeps the run from starting', async (_, more, message) => {
    const wrong = writeAssembly({
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake' } },
      Role: roleResource(),
      Stream: stream('wrong', more),
    });
    await expect(startLocal({ assembly: wrong })).rejects.toThrow(message);
  });
});
