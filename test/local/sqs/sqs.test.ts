import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { startLocal } from '../../../local/local-backend.ts';
import { allow, roleResource, writeAssembly } from '../../support/write-assembly.ts';
import { type QueueRun, queue, runQueues, until } from './run-sqs.ts';

const redrive = (target: string, maxReceiveCount: number) => ({
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [target, 'Arn'] }, maxReceiveCount },
});

let run: QueueRun;

beforeAll(async () => {
  run = await runQueues({
    Plain: queue('plain'),
    Slow: queue('slow', { DelaySeconds: 60, VisibilityTimeout: 120 }),
    Small: queue('small', { MaximumMessageSize: 1024, MessageRetentionPeriod: 60 }),
    Dead: queue('dead'),
    Work: queue('work', redrive('Dead', 2)),
    Fifo: queue('ordered.fifo', { FifoQueue: true, ContentBasedDeduplication: true }),
    Strict: queue('strict.fifo', { FifoQueue: true }),
    Closed: queue('closed', { RedriveAllowPolicy: { redrivePermission: 'denyAll' } }),
    Generated: { Type: 'AWS::SQS::Queue' },
  });
});

afterAll(() => run.close());

beforeEach(async () => {
  run.backend.clock.advance(61_000);
  for (const name of ['plain', 'slow', 'small', 'dead', 'work', 'ordered.fifo', 'strict.fifo'])
    await run.sqs.send(new PurgeQueueCommand({ QueueUrl: run.url(name) }));
});

const send = (name: string, input: Partial<SendMessageCommandInput> = {}) =>
  run.sqs.send(new SendMessageCommand({ QueueUrl: run.url(name), MessageBody: 'hello', ...input }));
const receive = async (name: string, input: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> =>
  (await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url(name), MaxNumberOfMessages: 10, ...input }))).Messages ?? [];
const bodies = async (name: string) => (await receive(name)).map(({ Body }) => Body);
const attributes = async (name: string) =>
  (await run.sqs.send(new GetQueueAttributesCommand({ QueueUrl: run.url(name), AttributeNames: ['All'] }))).Attributes ?? {};

describe('a queue', () => {
  it.each([
    ['a queue that is not there', 'nowhere', {}, 'QueueDoesNotExist'],
    ['an empty body', 'plain', { MessageBody: '' }, 'MissingParameter'],
    ['characters that XML forbids', 'plain', { MessageBody: 'a\u0000b' }, 'InvalidMessageContents'],
    ['more than the queue takes', 'small', { MessageBody: 'x'.repeat(1025) }, 'InvalidParameterValue'],
    ['more than 1 MiB', 'plain', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
    ['a delay beyond 15 minutes', 'plain', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    [
      'an attribute of an unknown type',
      'plain',
      { MessageAttributes: { a: { DataType: 'Text', StringValue: 'x' } } },
      'InvalidParameterValue',
    ],
    [
      'an attribute whose number is none',
      'plain',
      { MessageAttributes: { a: { DataType: 'Number', StringValue: 'x' } } },
      'InvalidParameterValue',
    ],
    ['a deduplication id on a standard queue', 'plain', { MessageDeduplicationId: 'x' }, 'InvalidParameterValue'],
    ['a FIFO message without a group', 'ordered.fifo', {}, 'MissingParameter'],
    ['a FIFO message without a deduplication id', 'strict.fifo', { MessageGroupId: 'g' }, 'InvalidParameterValue'],
    ['a delay of a single FIFO message', 'ordered.fifo', { MessageGroupId: 'g', DelaySeconds: 5 }, 'InvalidParameterValue'],
  ])('refuses %s', async (_, name, input, code) => {
    await expect(send(name, input)).rejects.toMatchObject({ name: code });
    if (name !== 'nowhere') expect(await attributes(name)).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });

  it('refuses batches that are empty, too long, or have an id twice', async () => {
    const batch = (...ids: string[]) =>
      run.sqs.send(new SendMessageBatchCommand({ QueueUrl: run.url('plain'), Entries: ids.map((Id) => ({ Id, MessageBody: 'x' })) }));
    await expect(batch()).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
    await expect(batch(...'abcdefghijk')).rejects.toMatchObject({ name: 'TooManyEntriesInBatchRequest' });
    await expect(batch('a', 'a')).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
    await expect(batch('a b')).rejects.toMatchObject({ name: 'InvalidBatchEntryId' });
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) }));
    await expect(run.sqs.send(new SendMessageBatchCommand({ QueueUrl: run.url('plain'), Entries }))).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
    });
    expect(await bodies('plain')).toEqual([]);
  });

  it('refuses receipts that are not its own, and visibility of what is not in flight', async () => {
    await send('plain');
    const [message] = await receive('plain');
    const change = (QueueUrl: string, ReceiptHandle: string | undefined) =>
      run.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }));
    await expect(change(run.url('dead'), message?.ReceiptHandle)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    run.backend.clock.advance(31_000);
    await expect(change(run.url('plain'), message?.ReceiptHandle)).rejects.toMatchObject({ name: 'MessageNotInflight' });
  });

  it('gives a message with its attributes, whose checksums the SDK checks', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'grüße' },
      count: { DataType: 'Number.int', StringValue: '7' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 3]) },
    };
    const { MessageId } = await send('plain', { MessageBody: 'grüße', MessageAttributes });
    const [message] = await receive('plain', { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({
      MessageId,
      Body: 'grüße',
      Attributes: { ApproximateReceiveCount: '1', SenderId: '123456789012', SentTimestamp: expect.stringMatching(/^\d{13}$/) },
      MessageAttributes: {
        kind: { StringValue: 'grüße' },
        count: { DataType: 'Number.int' },
        raw: { BinaryValue: new Uint8Array([1, 2, 3]) },
      },
    });
  });

  it('hides a message for the visibility timeout, gives it again, and forgets it once deleted', async () => {
    await send('plain');
    const [first] = await receive('plain');
    expect(await bodies('plain')).toEqual([]);
    run.backend.clock.advance(31_000);
    const [second] = await receive('plain', { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(second).toMatchObject({ MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
    await run.sqs.send(new DeleteMessageCommand({ QueueUrl: run.url('plain'), ReceiptHandle: second?.ReceiptHandle }));
    run.backend.clock.advance(31_000);
    expect(await bodies('plain')).toEqual([]);
  });

  it('changes the visibility of single messages and batches', async () => {
    await send('plain');
    const [message] = await receive('plain');
    const { ReceiptHandle } = message as Message;
    await run.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: run.url('plain'), ReceiptHandle, VisibilityTimeout: 0 }));
    const [again] = await receive('plain');
    const Entries = [
      { Id: 'good', ReceiptHandle: again?.ReceiptHandle, VisibilityTimeout: 100 },
      { Id: 'bad', ReceiptHandle: 'nonsense', VisibilityTimeout: 100 },
    ];
    const answer = await run.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: run.url('plain'), Entries }));
    expect(answer).toMatchObject({
      Successful: [{ Id: 'good' }],
      Failed: [{ Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true }],
    });
    run.backend.clock.advance(90_000);
    expect(await bodies('plain')).toEqual([]);
  });

  it("delays messages by the run's clock, and drops what is too old", async () => {
    await send('slow');
    await send('small', { MessageBody: 'old' });
    expect(await bodies('slow')).toEqual([]);
    expect(await attributes('slow')).toMatchObject({ ApproximateNumberOfMessagesDelayed: '1', VisibilityTimeout: '120' });
    run.backend.clock.advance(61_000);
    expect(await bodies('slow')).toEqual(['hello']);
    expect(await bodies('small')).toEqual([]);
  });

  it('waits for a message that comes later', async () => {
    const waiting = receive('plain', { WaitTimeSeconds: 5 });
    setTimeout(() => void send('plain', { MessageBody: 'late' }), 100);
    const begin = performance.now();
    expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('sends and deletes batches, and tells which entries it refused', async () => {
    const Entries = [
      { Id: 'a', MessageBody: 'one' },
      { Id: 'b', MessageBody: '' },
      { Id: 'c', MessageBody: 'three' },
    ];
    const sent = await run.sqs.send(new SendMessageBatchCommand({ QueueUrl: run.url('plain'), Entries }));
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'MissingParameter' }]);
    const messages = await receive('plain');
    const deleted = await run.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: run.url('plain'),
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    expect(deleted.Successful).toHaveLength(2);
    expect(await attributes('plain')).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('is found by name, listed, and keeps changed attributes', async () => {
    expect(await run.sqs.send(new GetQueueUrlCommand({ QueueName: 'plain' }))).toMatchObject({ QueueUrl: run.url('plain') });
    const { QueueUrls = [] } = await run.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Test-Generated-' }));
    expect(QueueUrls).toHaveLength(1);
    const change = (Attributes: Record<string, string>) =>
      run.sqs.send(new SetQueueAttributesCommand({ QueueUrl: run.url('plain'), Attributes }));
    await expect(change({ VisibilityTimeout: '43201' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(change({ Colour: 'red' })).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    const toClosed = JSON.stringify({ deadLetterTargetArn: run.arn('closed'), maxReceiveCount: 1 });
    await expect(change({ RedrivePolicy: toClosed })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await change({ ReceiveMessageWaitTimeSeconds: '1' });
    expect(await attributes('plain')).toMatchObject({ ReceiveMessageWaitTimeSeconds: '1', MaximumMessageSize: '1048576' });
    await change({ ReceiveMessageWaitTimeSeconds: '0' });
  });
});

describe('a dead-letter queue', () => {
  const receiveTwice = async () => {
    for (let count = 0; count < 2; count += 1) {
      expect(await bodies('work')).toEqual(['hello']);
      run.backend.clock.advance(31_000);
    }
  };

  it('gets what was received too often, with where it came from', async () => {
    const { MessageId } = await send('work');
    await receiveTwice();
    expect(await bodies('work')).toEqual([]);
    const [dead] = await receive('dead', { MessageSystemAttributeNames: ['All'] });
    expect(dead).toMatchObject({ MessageId, Attributes: { DeadLetterQueueSourceArn: run.arn('work') } });
  });

  it('FI13 gives everything back when it is redriven', async () => {
    await send('work');
    await receiveTwice();
    expect(await bodies('work')).toEqual([]);
    expect(await run.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: run.url('dead') }))).toMatchObject({
      queueUrls: [run.url('work')],
    });
    await expect(run.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: run.arn('plain') }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await run.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: run.arn('dead') }));
    await until(async () => {
      const { Results = [] } = await run.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: run.arn('dead') }));
      return Results[0]?.Status === 'COMPLETED' && Results[0].ApproximateNumberOfMessagesMoved === 1;
    });
    expect(await attributes('dead')).toMatchObject({ ApproximateNumberOfMessages: '0' });
    const [message] = await receive('work', { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(message).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } });
  });
});

describe('a FIFO queue', () => {
  const sendTo = (MessageGroupId: string, MessageBody: string, more = {}) => send('ordered.fifo', { MessageGroupId, MessageBody, ...more });

  it('keeps the order of a group and holds the group while one of it is in flight', async () => {
    for (const body of ['a1', 'a2', 'b1']) await sendTo(body.charAt(0), body);
    const [first] = await receive('ordered.fifo', { MaxNumberOfMessages: 1 });
    expect(first?.Body).toBe('a1');
    expect(await bodies('ordered.fifo')).toEqual(['b1']);
    await run.sqs.send(new DeleteMessageCommand({ QueueUrl: run.url('ordered.fifo'), ReceiptHandle: first?.ReceiptHandle }));
    expect(await bodies('ordered.fifo')).toEqual(['a2']);
  });

  it('takes a message of the same content once in five minutes', async () => {
    const first = await sendTo('g', 'same');
    expect(await sendTo('g', 'same')).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
    expect(await bodies('ordered.fifo')).toEqual(['same']);
    run.backend.clock.advance(301_000);
    const later = await sendTo('g', 'same');
    expect(later.MessageId).not.toBe(first.MessageId);
    expect(BigInt(later.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
  });
});

describe('queues of a template', () => {
  it.each([
    ['a FIFO queue without its suffix', queue('plain', { FifoQueue: true }), 'ends with .fifo'],
    ['a timeout that is too long', queue('plain', { VisibilityTimeout: 43_201 }), 'VisibilityTimeout'],
  ])('are refused with %s', async (_, resource, reason) => {
    await expect(startLocal({ assembly: writeAssembly({ Queue: resource }) })).rejects.toThrow(reason);
  });

  it('are used by a role only as far as it may, and what it used is recorded', async () => {
    const own = await runQueues({
      Queue: queue('orders'),
      Role: roleResource(allow('sqs:SendMessage', { 'Fn::GetAtt': ['Queue', 'Arn'] })),
      Idle: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          FunctionName: 'caller',
          Code: { ZipFile: CALLER },
        },
      },
    });
    const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
    const { endpointUrl: endpoint, region, credentials } = own.backend;
    const lambda = new LambdaClient({ endpoint, region, credentials });
    const call = async (target: string, input: object) => {
      const Payload = JSON.stringify({ target, input: { QueueUrl: own.url('orders'), ...input } });
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'caller', Payload }));
      return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as { status: number; body: { __type?: string } };
    };
    expect(await call('ReceiveMessage', {})).toMatchObject({ status: 400, body: { __type: 'AccessDeniedException' } });
    expect(await call('SendMessage', { MessageBody: 'x' })).toMatchObject({ status: 200 });
    expect(own.backend.accessReport().used).toMatchObject([{ action: 'sqs:SendMessage', resource: own.arn('orders') }]);
    expect(own.backend.accessReport().denied).toMatchObject([{ action: 'sqs:ReceiveMessage' }]);
    lambda.destroy();
    await own.close();
  });

  it('answer clients with unknown credentials with a refusal', async () => {
    const { endpointUrl: endpoint, region } = run.backend;
    const stranger = new SQSClient({ endpoint, region, credentials: { accessKeyId: 'AKIAX', secretAccessKey: 'x' }, maxAttempts: 1 });
    await expect(stranger.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    stranger.destroy();
  });
});

/** Sends a request of its event to SQS in its own name. */
const CALLER = `exports.handler = async ({ target, input }) => {
  const scope = 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/sqs/aws4_request, SignedHeaders=host, Signature=00';
  const headers = { authorization: scope, 'x-amz-security-token': process.env.AWS_SESSION_TOKEN, 'x-amz-target': 'AmazonSQS.' + target, 'content-type': 'application/x-amz-json-1.0' };
  const response = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: await response.json() };
};`;
