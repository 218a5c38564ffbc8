import {
  DeleteMessageCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { type QueueRun, queue, runQueues, until } from './run-sqs.ts';

let run: QueueRun;

beforeAll(async () => {
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1 };
  run = await runQueues({ Jobs: queue('jobs', { VisibilityTimeout: 3_600 }), Dead: queue('dead'), Work: queue('work', { RedrivePolicy }) });
});
afterAll(() => run.close());
beforeEach(async () => {
  run.backend.clock.advance(61_000);
  for (const name of ['jobs', 'dead', 'work']) await run.sqs.send(new PurgeQueueCommand({ QueueUrl: run.url(name) }));
});

/** Sends so many messages whose text is their group, or `alone`. */
const send = async (count: number, MessageGroupId?: string): Promise<void> => {
  for (let from = 0; from < count; from += 10) {
    const Entries = Array.from({ length: Math.min(10, count - from) }, (_, index) => ({
      Id: String(index),
      MessageBody: MessageGroupId ?? 'alone',
      ...(MessageGroupId !== undefined && { MessageGroupId }),
    }));
    await run.sqs.send(new SendMessageBatchCommand({ QueueUrl: run.url('jobs'), Entries }));
  }
};
const receive = async (count = 10, name = 'jobs'): Promise<Message[]> => {
  const messages: Message[] = [];
  while (messages.length < count) {
    const MaxNumberOfMessages = Math.min(10, count - messages.length);
    const { Messages = [] } = await run.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: run.url(name), MaxNumberOfMessages, MessageSystemAttributeNames: ['MessageGroupId'] }),
    );
    if (Messages.length === 0) break;
    messages.push(...Messages);
  }
  return messages;
};
const remove = async (messages: readonly Message[]): Promise<void> => {
  for (const { ReceiptHandle } of messages) await run.sqs.send(new DeleteMessageCommand({ QueueUrl: run.url('jobs'), ReceiptHandle }));
};
const texts = async (count: number): Promise<(string | undefined)[]> => (await receive(count)).map(({ Body }) => Body);
const repeated = (text: string, count: number): string[] => Array.from({ length: count }, () => text);

describe('the group of a message on a standard queue', () => {
  it.each([
    ['a space', 'a b'],
    ['a letter beyond ASCII', 'Zoë'],
    ['more than 128 characters', 'x'.repeat(129)],
    ['none', ''],
  ])('is refused with %s', async (_, MessageGroupId) => {
    const command = new SendMessageCommand({ QueueUrl: run.url('jobs'), MessageBody: 'x', MessageGroupId });
    await expect(run.sqs.send(command)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect(await receive()).toEqual([]);
  });

  it('comes back with a message for who asks for it', async () => {
    await send(1, 'a');
    const [asked] = await receive(1);
    expect(asked?.Attributes).toEqual({ MessageGroupId: 'a' });
    await send(1, 'a');
    const { Messages } = await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url('jobs') }));
    expect(Messages?.[0]).not.toHaveProperty('Attributes');
  });

  it('stays with it as a dead letter and when that is redriven', async () => {
    await run.sqs.send(new SendMessageCommand({ QueueUrl: run.url('work'), MessageBody: 'x', MessageGroupId: 'a' }));
    await receive(1, 'work');
    run.backend.clock.advance(31_000);
    expect(await receive(1, 'work')).toEqual([]);
    const [dead] = await receive(1, 'dead');
    expect(dead?.Attributes).toEqual({ MessageGroupId: 'a' });
    run.backend.clock.advance(31_000);
    await run.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: run.arn('dead') }));
    const [again] = await until(async () => {
      const messages = await receive(1, 'work');
      return messages.length > 0 && messages;
    });
    expect(again?.Attributes).toEqual({ MessageGroupId: 'a' });
  });
});

describe('a standard queue', () => {
  it('gives the oldest messages first as long as no group has 30 in flight', async () => {
    await send(60, 'noisy');
    await send(5, 'quiet');
    await receive(29);
    expect(await texts(10)).toEqual(repeated('noisy', 10));
  });

  it('gives the oldest first where a group with 30 in flight is a tenth of all that is', async () => {
    await send(270);
    await send(60, 'busy');
    await send(5, 'quiet');
    await receive(300);
    expect(await texts(10)).toEqual(repeated('busy', 10));
  });

  it('gives the oldest first where nothing has a group', async () => {
    await send(60);
    await send(5, 'quiet');
    await receive(40);
    expect(await texts(10)).toEqual(repeated('alone', 10));
  });

  it('passes over a group with 30 in flight as long as others have messages, with a group or without', async () => {
    await send(300, 'noisy');
    await send(3, 'quiet');
    await send(2);
    await send(20, 'noisy');
    await receive(30);
    expect(await texts(10)).toEqual([...repeated('quiet', 3), ...repeated('alone', 2), ...repeated('noisy', 5)]);
    await send(1, 'late');
    expect(await texts(2)).toEqual(['late', 'noisy']);
    expect(await texts(1_000)).toEqual(repeated('noisy', 320 - 30 - 6));
  });

  it('gives of several such groups that one first of which the fewest are in flight', async () => {
    await send(35, 'first');
    await send(30, 'second');
    await receive(65);
    await send(20, 'first');
    await send(4, 'second');
    await send(1, 'quiet');
    expect(await texts(10)).toEqual(['quiet', ...repeated('second', 4), ...repeated('first', 5)]);
  });

  it('passes over such a group until none of it waits, also when what was in flight is done', async () => {
    await send(60, 'noisy');
    await send(25, 'quiet');
    const noisy = await receive(30);
    const quiet = await receive(5);
    await remove([...noisy, ...quiet]);
    expect(await texts(25)).toEqual([...repeated('quiet', 20), ...repeated('noisy', 5)]);
    await receive(25);
    run.backend.clock.advance(61_000);
    await run.sqs.send(new PurgeQueueCommand({ QueueUrl: run.url('jobs') }));
    await send(20, 'noisy');
    await send(5, 'quiet');
    expect(await texts(20)).toEqual(repeated('noisy', 20));
  });
});
