import { createHash } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { eachRecord } from '../runtime/each-record.ts';
import { hashOfAddress } from './address-hash.ts';
import { correctDelivery, readEmailItem, tellFeedback } from './feedback-store.ts';
import { readFeedback, type SesFeedback } from './read-feedback.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** Longer than SNS and SQS hand it out again, and than a dead letter waits. */
const rememberedSeconds = 30 * 86_400;

const userOf = async ({ messageId, recipient }: SesFeedback): Promise<string | undefined> => {
  if (messageId === undefined || recipient === undefined) return undefined;
  const to = (await readEmailItem(messageId))?.to[recipient];
  return to !== undefined && 'userId' in to ? to.userId : undefined;
};

const handle = async ({ body }: SQSRecord): Promise<void> => {
  const feedback = readFeedback(body);
  if (feedback === undefined) return;
  const { kind, feedbackId, at, reason, suppresses, addresses, messageId, recipient } = feedback;
  const userId = await userOf(feedback);
  for (const address of addresses) {
    const id = createHash('sha256')
      .update(`${feedbackId} ${hashOfAddress(address)}`)
      .digest('base64url');
    const data = {
      ...(messageId !== undefined && { messageId }),
      ...(userId !== undefined && { userId }),
      ...(recipient !== undefined && { recipient }),
      suppressed: suppresses,
      reason,
    };
    await tellFeedback({ id, address, kind, at, data, expiresAt: Math.ceil(Date.now() / 1_000) + rememberedSeconds });
  }
  writeLog('INFO', 'an e-mail came back', { kind, reason, suppressed: suppresses, messageId, recipient });
  if (messageId !== undefined && recipient !== undefined) await correctDelivery(messageId, recipient, kind, reason);
};

const tryToHandle = async (record: SQSRecord): Promise<boolean> => {
  try {
    await handle(record);
    return true;
  } catch (error) {
    writeLog('ERROR', 'what SES has told of an e-mail is not dealt with, and will be again', { error: nameOfError(error) });
    return false;
  }
};

/** The function behind the feedback queue: SES tells of bounces and complaints, and nothing is sent to such addresses any more. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => eachRecord(event, tryToHandle);
