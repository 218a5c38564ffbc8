import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { LocalBackend } from '../../../local/local-backend.ts';
import { startLocal } from '../../../local/local-backend.ts';
import { failedMessages, type SqsRecord } from '../../../local/services/lambda/sqs-record.ts';
import { allow, arnOf, functionResource, roleResource, writeAssembly } from '../../support/write-assembly.ts';
import { type QueueRun, queue, runQueues, until } from '../sqs/run-sqs.ts';

const READ = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
/** Tells each batch in the log; fails on what says so. */
const WORKER = `exports.handler = async ({ Records }) => {
  console.log('batch ' + JSON.stringify(Records));
  if (Records.some(({ body }) => body === 'throw')) throw new Error('no');
  const failed = Records.filter(({ body }) => body.startsWith('poison'));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

interface Setting {
  readonly mapping?: object;
  readonly queue?: object;
  readonly worker?: object;
  readonly code?: string;
  readonly actions?: readonly string[];
  readonly name?: string;
}

const resources = ({ mapping = {}, queue: own = {}, worker = {}, code = WORKER, actions = READ, name = 'jobs' }: Setting) => ({
  Dead: queue(name.endsWith('.fifo') ? 'dead.fifo' : 'dead', name.endsWith('.fifo') ? { FifoQueue: true } : {}),
  Jobs: queue(name, { RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 }, ...own }),
  Role: roleResource(allow(actions, arnOf('Jobs'))),
  Worker: functionResource('Role', code, { FunctionName: 'worker', Timeout: 5, ...worker }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'Worker' },
      EventSourceArn: arnOf('Jobs'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...mapping,
    },
  },
});

let run: QueueRun;
let lines: string[];

async function start(setting: Setting = {}): Promise<void> {
  lines = [];
  const write = (_: string, line: string): void => void lines.push(line);
  run = await runQueues(resources(setting), { log: { info: write, warn: write, error: write } });
}

afterEach(() => run?.close());

const send = (body: string, more: object = {}, name = 'jobs') =>
  run.sqs.send(new SendMessageCommand({ QueueUrl: run.url(name), MessageBody: body, ...more }));
const sendBatch = (bodies: readonly string[]) =>
  run.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: run.url('jobs'),
      Entries: bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody })),
    }),
  );
const batches = (): SqsRecord[][] =>
  lines.flatMap((line) => (line.includes('batch [') ? [JSON.parse(line.slice(line.indexOf('['))) as SqsRecord[]] : []));
const seen = (): string[] =>
  batches()
    .flat()
    .map(({ body }) => body);
const counts = async (name: string) => {
  const { Attributes = {} } = await run.sqs.send(new GetQueueAttributesCommand({ QueueUrl: run.url(name), AttributeNames: ['All'] }));
  return [Attributes['ApproximateNumberOfMessages'], Attributes['ApproximateNumberOfMessagesNotVisible']].map(Number);
};
const isEmpty = async (name: string): Promise<boolean> => (await counts(name)).every((count) => count === 0);

describe('a queue that feeds a function', () => {
  it.each(READ)('is refused at the start when the role lacks %s, as by a deployment', async (missing) => {
    const assembly = writeAssembly(resources({ actions: READ.filter((action) => action !== missing) }));
    await expect(startLocal({ assembly })).rejects.toThrow(new RegExp(`is not authorized to perform: ${missing}`));
  });

  it.each<[string, Setting]>([
    ['visibility timeout: 4 seconds is less than Function timeout: 5', { queue: { VisibilityTimeout: 4 } }],
    ['greater than 0 if maximum batch size is greater than 10', { mapping: { BatchSize: 11 } }],
    ['maximum concurrency', { mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }],
    ['FIFO queues', { name: 'jobs.fifo', queue: { FifoQueue: true }, mapping: { MaximumBatchingWindowInSeconds: 1 } }],
  ])('is refused where AWS refuses it: %s', async (reason, setting) => {
    await expect(startLocal({ assembly: writeAssembly(resources(setting)) })).rejects.toThrow(reason);
  });

  it('hands on messages in the shape of AWS, deletes them, and records what the role used', async () => {
    await start();
    await send('hello', { MessageAttributes: { kind: { DataType: 'String', StringValue: 'new' } } });
    const [[record]] = (await until(() => batches().length > 0 && batches())) as [[SqsRecord]];
    expect(record).toEqual({
      messageId: expect.stringMatching(/^[\da-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: '123456789012',
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: { kind: { stringValue: 'new', stringListValues: [], binaryListValues: [], dataType: 'String' } },
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: run.arn('jobs'),
      awsRegion: 'eu-central-1',
    });
    await until(() => isEmpty('jobs'));
    expect(run.backend.accessReport().used.map(({ action }) => action)).toEqual(expect.arrayContaining(READ));
    expect(run.backend.accessReport().unused).toEqual([]);
  });

  it('FI08 does nine of ten once and brings the poison to the dead-letter queue', async () => {
    await start();
    await sendBatch([...'abcdefghi', 'poison']);
    for (let round = 1; round <= 3; round += 1) {
      await until(() => seen().filter((body) => body === 'poison').length === round);
      await until(async () => (await counts('jobs'))[0] === 0);
      run.backend.clock.advance(31_000);
    }
    await until(async () => (await counts('dead'))[0] === 1);
    expect(
      seen()
        .filter((body) => body !== 'poison')
        .sort(),
    ).toEqual([...'abcdefghi']);
    expect(await isEmpty('jobs')).toBe(true);
    const { Messages = [] } = await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url('dead') }));
    expect(Messages[0]?.Body).toBe('poison');
  });

  it('FI09 brings the whole batch again when the function throws', async () => {
    await start();
    await sendBatch(['a', 'throw']);
    await until(() => seen().includes('throw'));
    expect(await counts('jobs')).toEqual([0, expect.any(Number)]);
    const before = seen().filter((body) => body === 'throw').length;
    run.backend.clock.advance(31_000);
    await until(() => seen().filter((body) => body === 'throw').length > before);
  });

  it('keeps messages for later while the function has no concurrency, and counts no failure', async () => {
    await start({ worker: { ReservedConcurrentExecutions: 0 } });
    await send('patient');
    await until(async () => (await counts('jobs'))[1] === 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await counts('jobs')).toEqual([0, 1]);
    expect(seen()).toEqual([]);
  });

  it('deletes what no filter lets through, and looks into bodies that are JSON', async () => {
    await start({
      mapping: {
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['wanted'], size: [{ numeric: ['>', 5] }] } }) }] },
      },
    });
    await sendBatch(['{"kind":"wanted","size":6}', '{"kind":"wanted","size":5}', '{"kind":"other","size":6}', 'no json']);
    await until(() => isEmpty('jobs'));
    expect(seen()).toEqual(['{"kind":"wanted","size":6}']);
  });

  it('gathers a larger batch within its window', async () => {
    await start({ mapping: { BatchSize: 20, MaximumBatchingWindowInSeconds: 1 } });
    await sendBatch([...'abcdefghij']);
    await sendBatch([...'klmno']);
    await until(() => isEmpty('jobs'));
    expect(batches()[0]?.length).toBeGreaterThan(10);
  });

  it('does the groups of a FIFO queue in their order, one after the other', async () => {
    await start({ name: 'jobs.fifo', queue: { FifoQueue: true, ContentBasedDeduplication: true }, mapping: { BatchSize: 1 } });
    for (const body of ['a1', 'a2', 'a3', 'b1']) await send(body, { MessageGroupId: body.charAt(0) }, 'jobs.fifo');
    await until(() => isEmpty('jobs.fifo'));
    expect(seen().filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    const [first] = batches()
      .flat()
      .filter(({ body }) => body === 'a1');
    expect(first?.attributes).toMatchObject({ MessageGroupId: 'a', SequenceNumber: expect.stringMatching(/^\d{20}$/) });
  });
});

describe('the reply of a function with ReportBatchItemFailures', () => {
  const records = ['one', 'two'].map((messageId) => ({ messageId }) as SqsRecord);
  const ids = (...itemIdentifiers: unknown[]) => ({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) });

  it.each<[string, unknown, string[]]>([
    ['null', null, []],
    ['an empty object', {}, []],
    ['an empty list', { batchItemFailures: [] }, []],
    ['a list that is null', { batchItemFailures: null }, []],
    ['one id', ids('two'), ['two']],
    ['an unknown id', ids('two', 'three'), ['one', 'two']],
    ['an empty id', ids(''), ['one', 'two']],
    ['an id that is null', ids(null), ['one', 'two']],
    ['a wrong key', { batchItemFailures: [{ id: 'two' }] }, ['one', 'two']],
    ['a list that is none', { batchItemFailures: 'two' }, ['one', 'two']],
    ['a text', 'done', ['one', 'two']],
  ])('FI09 leaves the right messages in the queue for %s', (_, reply, failed) => {
    expect([...failedMessages(JSON.stringify(reply), records)]).toEqual(failed);
  });
});

describe('a failed asynchronous event', () => {
  const asyncResources = (actions: readonly string[]) => ({
    Dead: queue('dead'),
    Failed: queue('failed'),
    Role: roleResource(allow(actions, [arnOf('Dead'), arnOf('Failed')])),
    Worker: functionResource('Role', "exports.handler = async () => { throw new Error('broken'); };", {
      FunctionName: 'worker',
      DeadLetterConfig: { TargetArn: arnOf('Dead') },
    }),
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Worker' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: arnOf('Failed') } },
      },
    },
  });

  it('has nowhere to go when the role may not send, which a deployment refuses too', async () => {
    await expect(startLocal({ assembly: writeAssembly(asyncResources(['sqs:ReceiveMessage'])) })).rejects.toThrow(
      /worker can't send to its destination .*not authorized to perform: sqs:SendMessage/,
    );
  });

  it('lands in the queues in the shapes of AWS', async () => {
    run = await runQueues(asyncResources(['sqs:SendMessage']));
    await invokeAsync(run.backend, { n: 1 });
    const take = (name: string) =>
      until(async () => {
        const { Messages } = await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url(name), MessageAttributeNames: ['All'] }));
        return Messages?.[0];
      });
    expect(await take('dead')).toMatchObject({
      Body: '{"n":1}',
      MessageAttributes: {
        RequestID: { DataType: 'String', StringValue: expect.stringMatching(/^[\da-f-]{36}$/) },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'broken' },
      },
    });
    expect(JSON.parse((await take('failed')).Body ?? '')).toMatchObject({
      version: '1.0',
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responsePayload: { errorMessage: 'broken' },
    });
    expect(run.backend.accessReport().unused).toEqual([]);
  });
});

async function invokeAsync({ endpointUrl: endpoint, region, credentials }: LocalBackend, payload: object): Promise<void> {
  const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
  const lambda = new LambdaClient({ endpoint, region, credentials });
  await lambda.send(new InvokeCommand({ FunctionName: 'worker', InvocationType: 'Event', Payload: JSON.stringify(payload) }));
  lambda.destroy();
}
