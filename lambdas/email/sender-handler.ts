import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { emailQueueAttempts, type QueuedEmail } from '../../contracts/email-table.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { deliver } from './deliver.ts';
import { delayEmail } from './email-queue.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** Of the requests around an e-mail. */
const reserveMs = 10_000;
/** Between attempts: 10 s, 20 s, 40 s and so on. */
const firstDelaySeconds = 10;
const maxBackOffSeconds = 3_600;

const backOffSeconds = (attempt: number): number =>
  Math.min(firstDelaySeconds * 2 ** (attempt - 1), maxBackOffSeconds) * (1 + Math.random() / 4);

/** Without it, the message comes back when the queue's own time is over. */
const tryDelay = async ({ receiptHandle }: SQSRecord, seconds: number): Promise<void> => {
  try {
    await delayEmail(receiptHandle, seconds);
  } catch (error) {
    writeLog('WARN', 'the time of a retry could not be set', { error: nameOfError(error) });
  }
};

/** @returns whether nothing is left to do */
const handle = async (record: SQSRecord, context: Context): Promise<boolean> => {
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  const isLastAttempt = attempt >= emailQueueAttempts;
  const queued = JSON.parse(record.body) as QueuedEmail;
  const { messageId } = queued;
  try {
    const remainingMs = context.getRemainingTimeInMillis();
    const hasTime = (ms: number) => context.getRemainingTimeInMillis() > ms + reserveMs;
    const left = await deliver(queued, { hasTime, leaseMs: remainingMs + 1_000, isLastAttempt });
    if (left === 0) return true;
    writeLog('WARN', 'recipients wait for another attempt', { messageId, left, attempt });
  } catch (error) {
    writeLog('ERROR', 'a message failed, and will be tried again', { messageId, attempt, error: nameOfError(error) });
  }
  if (!isLastAttempt) await tryDelay(record, backOffSeconds(attempt));
  return false;
};

/**
 * The function behind the queue of e-mails. What a mail server puts off is tried again, later each time; after
 * `emailQueueAttempts` it is recorded as failed and stays, with all that is needed to send it, among the dead letters.
 */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  eachRecord(event, (record) => handle(record, context));
