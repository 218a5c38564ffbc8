import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { deliver } from './deliver.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** @returns whether nothing is left to do */
const handle = async ({ body, attributes }: SQSRecord): Promise<boolean> => {
  try {
    return await deliver(JSON.parse(body) as QueuedDelivery);
  } catch (error) {
    writeLog('ERROR', 'a delivery failed, and will be tried again', {
      attempt: attributes.ApproximateReceiveCount,
      error: nameOfError(error),
    });
    return false;
  }
};

/** The function behind the deliveries queue: posts to endpoints, all of a batch at once, since most of the time is waiting. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const isDone = await Promise.all(Records.map(handle));
  return { batchItemFailures: Records.filter((_, index) => !isDone[index]).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
