import { md5, md5OfAttributes } from '../sqs/message-attributes.ts';
import type { StoredMessage } from '../sqs/message-store.ts';
import type { Queue } from '../sqs/queue.ts';
import { receiptHandle, systemAttributes } from '../sqs/receive-messages.ts';
import { parsePayload } from './execution-environment.ts';

/** A message as functions get it: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  readonly md5OfMessageAttributes?: string;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export function sqsRecord(queue: Queue, message: StoredMessage, awsRegion: string): SqsRecord {
  const md5OfMessageAttributes = md5OfAttributes(message.attributes);
  const messageAttributes = Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      ...(StringValue !== undefined && { stringValue: StringValue }),
      ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    },
  ]);
  return {
    messageId: message.id,
    receiptHandle: receiptHandle(queue, message),
    body: message.body,
    attributes: systemAttributes(queue, message),
    messageAttributes: Object.fromEntries(messageAttributes),
    ...(md5OfMessageAttributes && { md5OfMessageAttributes }),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion,
  };
}

/**
 * Which messages a reply with `batchItemFailures` leaves in the queue. Nothing, `null` and an empty list mean that all are done; "an
 * invalid response, an empty, missing or unknown identifier" means that none is.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedMessages(payload: string, records: readonly SqsRecord[]): ReadonlySet<string> {
  const all = new Set(records.map(({ messageId }) => messageId));
  const none = new Set<string>();
  const answer = parsePayload(payload);
  if (answer === null) return none;
  if (typeof answer !== 'object' || Array.isArray(answer)) return all;
  const { batchItemFailures: reported } = answer as { readonly batchItemFailures?: unknown };
  if (reported === undefined || reported === null) return none;
  if (!Array.isArray(reported)) return all;
  const ids = reported.map((failure: { readonly itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}
