import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { UploadReply } from '../../contracts/files.ts';
import { outputs } from '../../contracts/outputs.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { eventually } from '../files/eventually.ts';
import { filesApp, pixel, sendForm } from '../files/files-backend.ts';
import { ServiceProxy } from '../reliability/service-proxy.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiCall, callApi } from '../support/call-api.ts';
import { signUpUser } from '../support/start-local.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'plinth.ts');
let root: string;
let objects: ServiceProxy;
let backend: LocalBackend;
let token: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plinth-streams-'));
  objects = await ServiceProxy.start();
  const environment = { AWS_ENDPOINT_URL_S3: objects.url };
  backend = await startLocal({ assembly: cachedAssembly(filesApp), folder: join(root, '.plinth', 'state'), environment });
  objects.target = backend.endpointUrl;
  token = (await signUpUser(backend)).accessToken;
});
afterAll(async () => {
  await backend?.dispose();
  await objects?.stop();
  rmSync(root, { recursive: true, force: true });
});

const plinth = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> => {
  const child = spawn(process.execPath, [bin, 'events', ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
};

const call = (request: Omit<ApiCall, 'token'>) => callApi(backend.apiUrl, { ...request, token });
const stored = async (): Promise<string> => JSON.stringify((await backend.dump())['s3']);

/** Where the stream of the table of files tells that a file was deleted. */
const placeOfDelete = async (fileId: string, client: object): Promise<object> => {
  const streams = new DynamoDBStreamsClient(client);
  const database = new DynamoDBClient(client);
  const { Table } = await database.send(new DescribeTableCommand({ TableName: backend.outputs[outputs.filesTableName] }));
  database.destroy();
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  streams.destroy();
  const record = Records.find(({ eventName, dynamodb }) => eventName === 'REMOVE' && dynamodb?.Keys?.['id']?.S === fileId);
  const number = record?.dynamodb?.SequenceNumber;
  return { streamArn: StreamArn, shardId: ShardId, startSequenceNumber: number, endSequenceNumber: number, batchSize: 1 };
};

/** What Lambda does after its last try, minutes later. */
const putAside = async (fileId: string): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials } = backend;
  const client = { endpoint, region, credentials };
  const [lambda, sqs] = [new LambdaClient(client), new SQSClient(client)];
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const functionArn = Functions.find(({ FunctionName }) => FunctionName?.includes('Sweeper'))?.FunctionArn;
  const QueueName = JSON.parse(backend.outputs[outputs.deadLetterQueues] ?? '{}')['files.sweeper'];
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const body = {
    requestContext: { functionArn, condition: 'RetryAttemptsExhausted' },
    DDBStreamBatchInfo: await placeOfDelete(fileId, client),
  };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
  lambda.destroy();
  sqs.destroy();
};

describe('plinth events redrive, of what comes from a stream', () => {
  it('FI13 keeps a dead letter while the fault lasts, and hands its records over when it is mended', async () => {
    const begun = await call({
      method: 'POST',
      path: '/files/papers',
      body: { name: 'a.png', type: 'image/png', sizeBytes: pixel.length },
    });
    const { file, upload } = begun.json as UploadReply;
    await sendForm(upload, pixel);
    await eventually(
      async () => ((await call({ method: 'GET', path: `/files/papers/${file.id}` })).json as { status: string }).status === 'ready',
    );
    expect(await stored()).toContain(file.id);

    objects.fault = () => ({ status: 503, type: 'SlowDown' });
    expect((await call({ method: 'DELETE', path: `/files/papers/${file.id}` })).status).toBe(204);
    await putAside(file.id);
    expect((await plinth('list')).text).toMatch(/files\.sweeper +0 waiting, 1 dead letters/);
    expect((await plinth('redrive', 'files.sweeper')).text).toBe('files.sweeper: 1 moved back, 0 handled, 0 waiting, 1 dead letters\n');
    expect(await stored()).toContain(file.id);

    objects.fault = () => undefined;
    expect((await plinth('redrive', '--all')).text).toContain('files.sweeper: 1 moved back, 1 handled, 0 waiting, 0 dead letters\n');
    expect(await stored()).not.toContain(file.id);
    expect((await plinth('redrive', 'files.sweeper')).text).toBe('files.sweeper: 0 moved back, 0 handled, 0 waiting, 0 dead letters\n');
  });
});
