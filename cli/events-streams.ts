import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ChangeMessageVisibilityCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { readStreamPlace, type StreamPlace } from '../lambdas/events/read-stream-client.ts';
import { countMessages, type DeadLetters, type Redriven } from './events-queues.ts';
import type { EventsTarget } from './events-target.ts';
import { UserError } from './user-error.ts';

/** What Lambda puts aside of a stream ("Retain records of failed invocations", Lambda Developer Guide). */
interface GivenUp {
  readonly requestContext: { readonly functionArn: string };
  readonly DDBStreamBatchInfo: StreamPlace;
}

interface Clients {
  readonly lambda: LambdaClient;
  readonly streams: DynamoDBStreamsClient;
}

/** Nobody else sees a dead letter for so long while it is handled; what failed is given back at the end. */
const holdSeconds = 900;

const placeOf = ({ Body = '' }: Message, queue: string): GivenUp => {
  const given = JSON.parse(Body) as Partial<GivenUp>;
  if (given.DDBStreamBatchInfo !== undefined && given.requestContext !== undefined) return given as GivenUp;
  throw new UserError(
    `A dead letter of ${queue} comes from no queue, and names no place in a stream.`,
    `See what it is with "plinth events show ${queue}".`,
  );
};

const isTrimmed = (error: unknown): boolean => error instanceof Error && error.name === 'TrimmedDataAccessException';

const recordsOf = async ({ DDBStreamBatchInfo }: GivenUp, queue: string, { streams }: Clients) => {
  try {
    return await readStreamPlace(DDBStreamBatchInfo, streams);
  } catch (cause) {
    if (!isTrimmed(cause)) throw cause;
    throw new UserError(
      `A dead letter of ${queue} names a place in a stream that is more than a day old: its records are gone.`,
      `See which it is with "plinth events show ${queue}".`,
      { cause },
    );
  }
};

/** Hands the records of a place in a stream to their function once more. @returns whether it has handled them all */
const handOver = async (given: GivenUp, queue: string, clients: Clients): Promise<boolean> => {
  const Records = await recordsOf(given, queue, clients);
  const invocation = { FunctionName: given.requestContext.functionArn, Payload: JSON.stringify({ Records }) };
  const { FunctionError, Payload } = await clients.lambda.send(new InvokeCommand(invocation));
  if (FunctionError !== undefined) return false;
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as { readonly batchItemFailures?: readonly unknown[] } | null;
  return (answer?.batchItemFailures ?? []).length === 0;
};

const next = async ({ sqs }: EventsTarget, QueueUrl: string): Promise<Message | undefined> => {
  const request = { QueueUrl, MaxNumberOfMessages: 1, VisibilityTimeout: holdSeconds, WaitTimeSeconds: 1 };
  return (await sqs.send(new ReceiveMessageCommand(request))).Messages?.[0];
};

/**
 * Hands what Lambda has put aside of streams to the functions once more: they read no queue, so that nothing can be moved back to
 * where it came from.
 *
 * @throws UserError for places whose records the stream no longer has
 */
export const redriveStreams = async (target: EventsTarget, { name, url: QueueUrl }: DeadLetters): Promise<Redriven> => {
  const { sqs } = target;
  const clients: Clients = { lambda: new LambdaClient(target.client), streams: new DynamoDBStreamsClient(target.client) };
  const left: Message[] = [];
  let handled = 0;
  try {
    for (let message = await next(target, QueueUrl); message !== undefined; message = await next(target, QueueUrl)) {
      left.push(message);
      if (!(await handOver(placeOf(message, name), name, clients))) continue;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      left.pop();
      handled += 1;
    }
  } finally {
    for (const { ReceiptHandle } of left) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    }
    clients.lambda.destroy();
    clients.streams.destroy();
  }
  return { name, moved: handled + left.length, handled, waiting: 0, deadLetters: await countMessages(target, QueueUrl) };
};
