import { AwsError } from '../service.ts';
import { md5, md5OfAttributes } from './message-attributes.ts';
import type { StoredMessage } from './message-store.ts';
import { type Queue, settingOf } from './queue.ts';
import type { Queues } from './queues.ts';
import { checkBatch, eachEntry, sequenceNumber } from './send-messages.ts';

export interface ReceiveInput {
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}

const MAX_VISIBILITY_SECONDS = 43_200;

export async function receiveMessages(queues: Queues, queue: Queue, input: ReceiveInput): Promise<object> {
  const limit = inRange('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, { min: 1, max: 10 });
  const waitSeconds = inRange('WaitTimeSeconds', input.WaitTimeSeconds ?? settingOf(queue, 'ReceiveMessageWaitTimeSeconds'), {
    min: 0,
    max: 20,
  });
  const visibilitySeconds = visibility(input.VisibilityTimeout ?? settingOf(queue, 'VisibilityTimeout'));
  const messages = await queues.receive(queue, { limit, waitMs: waitSeconds * 1_000, visibilityMs: visibilitySeconds * 1_000 });
  return messages.length === 0 ? {} : { Messages: messages.map((message) => shown(queue, message, input)) };
}

/** The attributes that SQS itself gives a message. */
export function systemAttributes(queue: Queue, message: StoredMessage): Record<string, string> {
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
    ...(message.deduplicationId !== undefined && { MessageDeduplicationId: message.deduplicationId }),
    ...(queue.fifo && { SequenceNumber: sequenceNumber(message.seq) }),
    ...(message.traceHeader !== undefined && { AWSTraceHeader: message.traceHeader }),
    ...(message.deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
}

export interface ReceiptInput {
  readonly ReceiptHandle?: string;
}

/** A receipt that is not the newest of its message deletes nothing, and AWS does not tell. */
export function deleteMessage(queues: Queues, queue: Queue, { ReceiptHandle }: ReceiptInput): object {
  const receipt = receiptOf(queue, ReceiptHandle);
  const until = queues.store.inFlightUntil(queue, receipt);
  if (queue.fifo && until !== undefined && until <= queues.clock.now())
    throw invalid(`Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`);
  queues.store.delete(queue, receipt);
  // The next message of a group may come now.
  if (queue.fifo) queues.wake(queue);
  return {};
}

export interface VisibilityInput extends ReceiptInput {
  readonly VisibilityTimeout?: number;
}

export function changeVisibility(queues: Queues, queue: Queue, { ReceiptHandle, VisibilityTimeout }: VisibilityInput): object {
  if (VisibilityTimeout === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
  const receipt = receiptOf(queue, ReceiptHandle);
  const seconds = visibility(VisibilityTimeout);
  const now = queues.clock.now();
  const until = queues.store.inFlightUntil(queue, receipt);
  if (until === undefined || until <= now)
    throw new AwsError(
      'MessageNotInflight',
      `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  queues.store.setVisibleAt(queue, receipt, now + seconds * 1_000);
  queues.wake(queue);
  return {};
}

/** Runs an operation for each entry of a batch. */
export function forEachReceipt<Entry extends { readonly Id: string }>(entries: readonly Entry[], work: (entry: Entry) => void): object {
  checkBatch(entries);
  const done: { Id: string }[] = [];
  const failed = eachEntry(entries, (entry) => {
    work(entry);
    done.push({ Id: entry.Id });
  });
  return { Successful: done, Failed: failed };
}

/** Receipt handles are opaque, but SQS knows whether one is its own. */
export const receiptHandle = (queue: Queue, { receipt }: StoredMessage): string =>
  Buffer.from(`${queue.name} ${receipt}`).toString('base64');

function receiptOf(queue: Queue, handle: string | undefined): string {
  if (handle === undefined || handle === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter ReceiptHandle.');
  const [name, receipt] = Buffer.from(handle, 'base64').toString().split(' ');
  if (name !== queue.name || receipt === undefined)
    throw new AwsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  return receipt;
}

function shown(queue: Queue, message: StoredMessage, input: ReceiveInput): object {
  const wanted = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const system = Object.entries(systemAttributes(queue, message)).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => (input.MessageAttributeNames ?? []).some((pattern) => asksFor(pattern, name))),
  );
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(queue, message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(md5OfMessageAttributes && { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfMessageAttributes }),
  };
}

/** `All`, `.*`, a name, or `prefix.*`. */
function asksFor(pattern: string, name: string): boolean {
  if (pattern === 'All' || pattern === '.*') return true;
  return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : pattern === name;
}

function visibility(seconds: number): number {
  return inRange('VisibilityTimeout', seconds, { min: 0, max: MAX_VISIBILITY_SECONDS });
}

function inRange(name: string, value: number, { min, max }: { min: number; max: number }): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(`Value ${value} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`);
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
