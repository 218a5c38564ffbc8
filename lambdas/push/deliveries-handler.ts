import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type QueuedDelivery, queueAttempts } from '../../contracts/push-table.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { deliverBatch } from './deliver-batch.ts';
import { delayDelivery } from './queues-client.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** One push, its record, and what is left must still fit in. */
const reserveMs = 7_500;
/** Between attempts: 10 s, 20 s, 40 s and so on. */
const firstDelaySeconds = 10;
const maxBackOffSeconds = 900;

const backOffSeconds = (attempt: number): number =>
  Math.min(firstDelaySeconds * 2 ** (attempt - 1), maxBackOffSeconds) * (1 + Math.random() / 4);

/** Without it, the delivery comes back when the queue's own time is over. */
const tryDelay = async ({ receiptHandle }: SQSRecord, seconds: number): Promise<void> => {
  try {
    await delayDelivery(receiptHandle, seconds);
  } catch (error) {
    writeLog('WARN', 'the time of a retry could not be set', { error: nameOfError(error) });
  }
};

/** @returns whether nothing is left to do */
const handle = async (record: SQSRecord, context: Context): Promise<boolean> => {
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  const isLastAttempt = attempt >= queueAttempts.deliveries;
  const queued = JSON.parse(record.body) as QueuedDelivery;
  try {
    const hasTime = () => context.getRemainingTimeInMillis() > reserveMs;
    const { waiting, seconds } = await deliverBatch(queued, { hasTime, isLastAttempt });
    if (waiting === 0) return true;
    writeLog('WARN', 'devices wait for another attempt', { messageId: queued.messageId, waiting, attempt });
    if (!isLastAttempt) await tryDelay(record, Math.max(seconds, backOffSeconds(attempt)));
  } catch (error) {
    writeLog('ERROR', 'a delivery failed, and will be tried again', { messageId: queued.messageId, attempt, error: nameOfError(error) });
    await tryDelay(record, backOffSeconds(attempt));
  }
  return false;
};

/**
 * The function behind the deliveries queue: sends messages to devices. What a push service puts off comes back when the service says;
 * after `queueAttempts.deliveries` attempts it is recorded as failed and stays among the dead letters.
 */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  eachRecord(event, (record) => handle(record, context));
