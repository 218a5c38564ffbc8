import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { eventAttempts, type QueuedEvent } from '../../contracts/payments-table.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { applyEvent } from './apply-event.ts';
import { delayEvent } from './events-queue-client.ts';
import { nameOfError, writeLog } from './write-log.ts';

const firstDelaySeconds = 30;
const maxDelaySeconds = 3_600;

const backOffSeconds = (attempt: number): number =>
  Math.min(firstDelaySeconds * 2 ** (attempt - 1), maxDelaySeconds) * (1 + Math.random() / 4);

/** Without it, the event comes back when the queue's own time is over. */
const tryDelay = async ({ receiptHandle }: SQSRecord, attempt: number): Promise<void> => {
  try {
    await delayEvent(receiptHandle, backOffSeconds(attempt));
  } catch (error) {
    writeLog('WARN', 'the time of a retry could not be set', { error: nameOfError(error) });
  }
};

/** @returns whether nothing is left to do */
const handle = async (record: SQSRecord, context: Context): Promise<boolean> => {
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  try {
    const event = JSON.parse(record.body) as QueuedEvent;
    await applyEvent(event, { remainingMs: () => context.getRemainingTimeInMillis() });
    return true;
  } catch (error) {
    const facts = { messageId: record.messageId, attempt, error: nameOfError(error) };
    writeLog('ERROR', 'an event of Stripe could not be handled, and will be tried again', facts);
    if (attempt < eventAttempts) await tryDelay(record, attempt);
    return false;
  }
};

/** The function behind the queue of events: looks at Stripe for what they are about, and keeps and tells what is new. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  eachRecord(event, (record) => handle(record, context));
