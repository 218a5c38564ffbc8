import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { synthesizeBuckets } from './support/buckets-app.ts';
import { outcomeOf, until } from './support/run-s3.ts';

let root: string;
let backend: LocalBackend;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plinth-buckets-'));
  synthesizeBuckets(join(root, 'cdk.out'));
  backend = await start();
});

afterAll(async () => {
  await backend.dispose();
  rmSync(root, { recursive: true, force: true });
});

const start = (): Promise<LocalBackend> => startLocal({ assembly: join(root, 'cdk.out'), folder: join(root, 'state') });
const options = () => ({ endpoint: backend.endpointUrl, region: backend.region, credentials: backend.credentials });
const outputs = (): Record<'Bucket' | 'CopiesBucket' | 'QueueUrl' | 'Domain', string> => backend.outputs as ReturnType<typeof outputs>;

describe('buckets of a template', () => {
  it('tell a queue and a function of what a client of the SDK puts, and keep it over a restart', async () => {
    const { Bucket, CopiesBucket, QueueUrl, Domain } = outputs();
    expect(Domain).toBe(`${Bucket}.s3.${backend.region}.amazonaws.com`);
    await new S3Client(options()).send(new PutObjectCommand({ Bucket, Key: 'in/a.png', Body: 'hello' }));
    const queue = new SQSClient(options());
    const { Messages: [message] = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({
      Records: [{ s3: { bucket: { name: Bucket }, object: { key: 'in/a.png', size: 5 } } }],
    });
    const copy = { Bucket: CopiesBucket, Key: 'copies/in/a.png' };
    await until(async () => (await outcomeOf(new S3Client(options()).send(new HeadObjectCommand(copy)))) === 'done', 15_000);
    expect(backend.counts()['s3:PutObject']?.requests).toBe(2);
    expect(backend.accessReport().denied).toEqual([]);
    await backend.dispose();
    backend = await start();
    expect(outputs().Bucket).toBe(Bucket);
    const { Body } = await new S3Client(options()).send(new GetObjectCommand({ Bucket, Key: 'in/a.png' }));
    expect(await Body?.transformToString()).toBe('hello');
  });
});
