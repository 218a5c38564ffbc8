import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { EventsTarget } from './events-target.ts';
import { UserError } from './user-error.ts';

/** A queue of dead letters, and the queue that they come from. */
export interface DeadLetters {
  readonly name: string;
  readonly url: string;
  /** Undefined where the dead letters come from no queue, but from a stream. */
  readonly sourceUrl: string | undefined;
}

/** Finds the queues of dead letters of these names. @default all */
export const findQueues = async ({ sqs, deadLetters }: EventsTarget, names: readonly string[]): Promise<readonly DeadLetters[]> => {
  const unknown = names.find((name) => deadLetters[name] === undefined);
  if (unknown !== undefined) throw new UserError(`There is no queue ${unknown}.`, `Use one of ${Object.keys(deadLetters).join(', ')}.`);
  const wanted = names.length === 0 ? Object.keys(deadLetters) : names;
  return Promise.all(
    wanted.map(async (name) => {
      const { QueueUrl: url = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: deadLetters[name] }));
      const { queueUrls = [] } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: url }));
      return { name, url, sourceUrl: queueUrls[0] };
    }),
  );
};

/** How many messages a queue has, those on their way and those that wait for their time included. */
export const countMessages = async ({ sqs }: EventsTarget, QueueUrl: string): Promise<number> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
    }),
  );
  return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
};

/** Nobody else sees what is looked at for so long; then it is given back. */
const lookSeconds = 30;

/** Looks at messages without taking them. */
export const lookAtMessages = async ({ sqs }: EventsTarget, QueueUrl: string, limit: number): Promise<readonly string[]> => {
  const seen: Message[] = [];
  while (seen.length < limit) {
    const MaxNumberOfMessages = Math.min(10, limit - seen.length);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, VisibilityTimeout: lookSeconds, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) break;
    seen.push(...Messages);
  }
  for (let start = 0; start < seen.length; start += 10) {
    const Entries = seen
      .slice(start, start + 10)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
  return seen.map(({ Body = '' }) => Body);
};

/** What became of the dead letters of one queue. */
export interface Redriven {
  readonly name: string;
  readonly moved: number;
  /** Neither in the queue nor among the dead letters any more. */
  readonly handled: number;
  /** Put aside again, or newly. */
  readonly deadLetters: number;
  readonly waiting: number;
}

const pollMs = 250;

const arnOf = async ({ sqs }: EventsTarget, QueueUrl: string): Promise<string> =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))).Attributes?.['QueueArn'] ?? '';

/** Has SQS move all messages of a queue back to where they came from. */
const moveBack = async (target: EventsTarget, { name, url }: DeadLetters): Promise<number> => {
  const SourceArn = await arnOf(target, url);
  await target.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  for (;;) {
    const { Results = [] } = await target.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
    const { Status, ApproximateNumberOfMessagesMoved: moved = 0, FailureReason: reason } = Results[0] ?? {};
    if (Status === 'COMPLETED') return moved;
    if (Status !== 'RUNNING') {
      throw new UserError(
        `The dead letters of ${name} could not all be moved: ${reason ?? Status}.`,
        'Those that were not are still there: try again.',
      );
    }
    await pause(pollMs);
  }
};

/**
 * Moves the dead letters of a queue back and waits until they are handled; those of a stream are handed over here.
 *
 * @param waitSeconds how long at most
 */
export const redrive = async (target: EventsTarget, queue: DeadLetters, waitSeconds: number): Promise<Redriven> => {
  const { name, url, sourceUrl } = queue;
  if (sourceUrl === undefined) return (await import('./events-streams.ts')).redriveStreams(target, queue);
  const hasAny = (await countMessages(target, url)) > 0;
  const moved = hasAny ? await moveBack(target, queue) : 0;
  const deadline = performance.now() + waitSeconds * 1_000;
  let waiting = await countMessages(target, sourceUrl);
  while (moved > 0 && waiting > 0 && performance.now() < deadline) {
    await pause(pollMs);
    waiting = await countMessages(target, sourceUrl);
  }
  const deadLetters = await countMessages(target, url);
  return { name, moved, deadLetters, waiting, handled: Math.max(0, moved - waiting - deadLetters) };
};
