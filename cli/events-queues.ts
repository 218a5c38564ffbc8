import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  type Message,
  ReceiveMessageCommand,
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
  /** What else there is to say. */
  readonly note?: string;
}
