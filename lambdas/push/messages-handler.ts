import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueuedMessage } from '../../contracts/push-table.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { fanOut } from './fan-out.ts';
import { beginSending, endSending } from './fan-out-store.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** A page must still fit in. */
const reserveMs = 5_000;

/** @returns whether it need not be tried again */
const handle = async (record: SQSRecord, context: Context): Promise<boolean> => {
  const queued = JSON.parse(record.body) as QueuedMessage;
  const { messageId } = queued;
  try {
    const item = await beginSending(messageId);
    if (item === undefined) return true;
    const hasTime = () => context.getRemainingTimeInMillis() > reserveMs;
    if (await fanOut(queued, item, hasTime)) await endSending(messageId);
    return true;
  } catch (error) {
    const attempt = Number(record.attributes.ApproximateReceiveCount);
    writeLog('ERROR', 'a message could not be handed to its devices, and will be tried again', {
      messageId,
      attempt,
      error: nameOfError(error),
    });
    return false;
  }
};

/** The function behind the messages queue: finds the devices of messages and hands them on. Messages that were called off end here. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  eachRecord(event, (record) => handle(record, context));
