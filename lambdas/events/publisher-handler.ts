import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { RelayMessage } from '../../contracts/events.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { deletionEvent } from './deletion-event.ts';
import { publishRecords, publishRelayed } from './publish.ts';
import { readStreamPlace, type StreamPlace } from './read-stream-client.ts';
import { writeLog } from './write-log.ts';

/** What Lambda itself puts among the dead letters: the place of a batch at which the publisher failed to the last. */
interface GivenUp {
  readonly kind?: undefined;
  readonly DDBStreamBatchInfo: StreamPlace;
}

/** @returns whether it need not come back */
const handleMessage = async (message: RelayMessage | GivenUp): Promise<boolean> => {
  if (message.kind === undefined) return (await publishRecords(await readStreamPlace(message.DDBStreamBatchInfo))).length === 0;
  if (message.kind === 'record') return (await publishRecords([message.record as DynamoDBRecord])).length === 0;
  if (message.kind === 'deletion') {
    const event = await deletionEvent(message);
    return event === undefined || publishRelayed(event);
  }
  // Whoever has an event moved back that had led too far begins anew.
  const { event, fault } = message;
  return publishRelayed(fault?.code === 'too_deep' ? { ...event, depth: 0 } : event);
};

const relayed = async (record: SQSRecord): Promise<boolean> => {
  try {
    return await handleMessage(JSON.parse(record.body) as RelayMessage | GivenUp);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    writeLog('ERROR', 'an event of the relay is not published, and will be tried again', { messageId: record.messageId, error: name });
    return false;
  }
};

const isQueued = ({ Records }: DynamoDBStreamEvent | SQSEvent): boolean => Records[0]?.eventSource === 'aws:sqs';

/**
 * The function behind the streams of tables and the queue of the relay: tells on the bus what has happened. It may tell the same more
 * than once, with the same id.
 */
export const handler = async (event: DynamoDBStreamEvent | SQSEvent): Promise<DynamoDBBatchResponse | SQSBatchResponse> => {
  if (isQueued(event)) return eachRecord(event as SQSEvent, relayed);
  const failed = await publishRecords((event as DynamoDBStreamEvent).Records);
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
};
