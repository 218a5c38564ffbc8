import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { type RunningS3, runS3, until } from './support/run-s3.ts';

const Bucket = 'photos';
const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:arrivals';
const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-s3-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notified = { NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: QUEUE }] } };
const leave = {
  ...{ logicalId: 'QP', type: 'AWS::SQS::QueuePolicy' },
  properties: {
    Queues: ['https://sqs/111122223333/arrivals'],
    PolicyDocument: {
      Statement: { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QUEUE },
    },
  },
};

/** Runs the writing process and kills it some time after its first object. @returns how many objects it has acknowledged */
async function writeAndKill(ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(root, 'test/local/s3/support/crashing-s3.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += chunk.toString();
  });
  await new Promise((done) => child.once('close', done));
  return output.split('\n').length - 1;
}

const filesIn = (name: string): string[] =>
  readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const restart = (): Promise<RunningS3> => runS3({ folder, buckets: { photos: notified }, resources: [leave] });

/** How often the queue has heard of each key. */
function toldOf({ told }: RunningS3): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of told) {
    const [record] = message['Records'] as { s3: { object: { key: string } } }[];
    const key = record?.s3.object.key ?? '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** As the writing process does it. */
const isOverwritten = (index: number): boolean => index % 3 === 0;
const contentOf = (index: number): string | undefined =>
  index % 5 === 0 ? undefined : `${index}${isOverwritten(index) ? '!' : ';'}`.repeat(20_000);

describe('a folder', () => {
  it.each([30, 150, 400])('holds every acknowledged object, no half one, and every event after a kill at %i ms', async (ms) => {
    const acknowledged = Array.from({ length: await writeAndKill(ms) }, (_unused, index) => index);
    expect(acknowledged.length).toBeGreaterThan(0);
    const s3 = await restart();
    for (const index of acknowledged) {
      const found = await s3.root.send(new GetObjectCommand({ Bucket, Key: `key${index}` })).catch(() => undefined);
      expect(await found?.Body?.transformToString()).toBe(contentOf(index));
    }
    await until(async () => ((await s3.service.dump()) as { jobs: number }).jobs === 0);
    const told = toldOf(s3);
    expect(acknowledged.map((index) => told.get(`key${index}`))).toEqual(acknowledged.map((index) => (isOverwritten(index) ? 2 : 1)));
    const { KeyCount } = await s3.root.send(new ListObjectsV2Command({ Bucket }));
    expect(filesIn('blobs')).toHaveLength(KeyCount ?? 0);
    expect(filesIn('incoming')).toEqual([]);
    await s3.dispose();
  });

  it('loses files that no object has when it is opened, and keeps the others', async () => {
    const first = await restart();
    await first.root.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
    await first.dispose();
    writeFileSync(join(folder, 'blobs', 'orphan'), 'x');
    const second = await restart();
    const { Body } = await second.root.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect([await Body?.transformToString(), filesIn('blobs').includes('orphan')]).toEqual(['hello', false]);
    await second.dispose();
  });
});
