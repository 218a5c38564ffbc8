import { createHash } from 'node:crypto';
import { AwsError, type AwsRequest } from '../service.ts';
import { attributesBytes, checkAttributes, type MessageAttributes, md5, md5OfAttributes } from './message-attributes.ts';
import type { NewMessage, Sent } from './message-store.ts';
import { MAX_MESSAGE_BYTES, type Queue, settingOf } from './queue.ts';
import type { Queues } from './queues.ts';

/** A message as `SendMessage` takes it. */
export interface MessageInput {
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: MessageAttributes;
  readonly MessageSystemAttributes?: MessageAttributes;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

const MAX_DELAY_SECONDS = 900;
/** "Message content can include only XML, JSON, and unformatted text." */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ID = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/;

/** What is stored of a message. @throws AwsError as `SendMessage` does */
export function checkMessage(queue: Queue, input: MessageInput, { senderId, now }: { senderId: string; now: number }): NewMessage {
  const { MessageBody: body, MessageAttributes: attributes = {}, MessageGroupId: groupId } = input;
  if (typeof body !== 'string' || body === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (FORBIDDEN.test(body))
    throw new AwsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
    );
  checkAttributes(attributes);
  const maxBytes = settingOf(queue, 'MaximumMessageSize');
  if (messageBytes(input) > maxBytes)
    throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`);
  if (groupId !== undefined && !ID.test(groupId)) throw invalid(`Value ${groupId} for parameter MessageGroupId is invalid.`);
  const traceHeader = input.MessageSystemAttributes?.['AWSTraceHeader']?.StringValue;
  const delayMs = delaySeconds(queue, input) * 1_000;
  return { body, attributes, senderId, sentAt: now, delayMs, groupId, traceHeader, deduplication: deduplicationOf(queue, input) };
}

/** What counts against the size limits: the body, and names, types and values of the attributes. */
export const messageBytes = ({ MessageBody = '', MessageAttributes = {} }: MessageInput): number =>
  Buffer.byteLength(MessageBody) + attributesBytes(MessageAttributes);

export function sendMessage(queues: Queues, queue: Queue, input: MessageInput & { request: AwsRequest }): Record<string, unknown> {
  const message = checkMessage(queue, input, { senderId: senderOf(input.request), now: queues.clock.now() });
  const [sent] = queues.send(queue, [message]);
  return sentAnswer(queue, message, input, sent as Sent);
}

interface BatchEntry extends MessageInput {
  readonly Id: string;
}

export function sendMessageBatch(
  queues: Queues,
  queue: Queue,
  entries: readonly BatchEntry[],
  request: AwsRequest,
): Record<string, unknown> {
  checkBatch(entries);
  if (entries.reduce((sum, entry) => sum + messageBytes(entry), 0) > MAX_MESSAGE_BYTES)
    throw new AwsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes.`);
  const good: { entry: BatchEntry; message: NewMessage }[] = [];
  const sender = { senderId: senderOf(request), now: queues.clock.now() };
  const failed = eachEntry(entries, (entry) => void good.push({ entry, message: checkMessage(queue, entry, sender) }));
  const sent = queues.send(
    queue,
    good.map(({ message }) => message),
  );
  const successful = good.map(({ entry, message }, index) => ({ Id: entry.Id, ...sentAnswer(queue, message, entry, sent[index] as Sent) }));
  return { Successful: successful, Failed: failed };
}

/** @throws AwsError `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`, `BatchEntryIdsNotDistinct` */
export function checkBatch(entries: readonly { readonly Id: string }[]): void {
  if (!Array.isArray(entries) || entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10)
    throw new AwsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${entries.length}.`);
  if (entries.some(({ Id }) => typeof Id !== 'string' || !/^[\w-]{1,80}$/.test(Id))) {
    const message =
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
    throw new AwsError('InvalidBatchEntryId', message);
  }
  const repeated = entries.find(({ Id }, index) => entries.findIndex((entry) => entry.Id === Id) !== index);
  if (repeated !== undefined) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated.Id} repeated.`);
}

/** Does the work for each entry of a batch. @returns the entries that were refused */
export function eachEntry<Entry extends { readonly Id: string }>(entries: readonly Entry[], work: (entry: Entry) => void): object[] {
  return entries.flatMap((entry) => {
    try {
      work(entry);
      return [];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return [{ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message }];
    }
  });
}

/** FIFO messages show where they stand in their queue. */
export const sequenceNumber = (seq: number): string => String(18_000_000_000_000_000_000n + BigInt(seq));

function sentAnswer(queue: Queue, { body, attributes }: NewMessage, input: MessageInput, { id, seq }: Sent): Record<string, unknown> {
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  const md5OfSystemAttributes = md5OfAttributes(input.MessageSystemAttributes ?? {});
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    ...(md5OfMessageAttributes && { MD5OfMessageAttributes: md5OfMessageAttributes }),
    ...(md5OfSystemAttributes && { MD5OfMessageSystemAttributes: md5OfSystemAttributes }),
    ...(queue.fifo && { SequenceNumber: sequenceNumber(seq) }),
  };
}

function delaySeconds(queue: Queue, { DelaySeconds }: MessageInput): number {
  if (DelaySeconds === undefined) return settingOf(queue, 'DelaySeconds');
  if (queue.fifo && DelaySeconds !== 0)
    throw invalid(
      `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  if (!Number.isInteger(DelaySeconds) || DelaySeconds < 0 || DelaySeconds > MAX_DELAY_SECONDS)
    throw invalid(`Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`);
  return queue.fifo ? settingOf(queue, 'DelaySeconds') : DelaySeconds;
}

function deduplicationOf(
  queue: Queue,
  { MessageBody = '', MessageGroupId, MessageDeduplicationId }: MessageInput,
): NewMessage['deduplication'] {
  if (!queue.fifo) {
    if (MessageDeduplicationId === undefined) return undefined;
    throw invalid(
      `Value ${MessageDeduplicationId} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.`,
    );
  }
  if (MessageGroupId === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  const id = MessageDeduplicationId ?? contentHash(queue, MessageBody);
  if (!ID.test(id)) throw invalid(`Value ${id} for parameter MessageDeduplicationId is invalid.`);
  return { id, key: queue.settings['DeduplicationScope'] === 'messageGroup' ? `${MessageGroupId}/${id}` : id };
}

function contentHash(queue: Queue, body: string): string {
  if (queue.settings['ContentBasedDeduplication'] === 'true') return createHash('sha256').update(body).digest('hex');
  throw invalid('The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
}

/** A role shows as its session, root as the account. */
function senderOf({ principal }: AwsRequest): string {
  const arn = principal?.arn ?? '';
  return arn.endsWith(':root') ? (arn.split(':')[4] ?? '') : arn.split('/').slice(1).join(':');
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
