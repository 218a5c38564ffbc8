import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { type ClaimedDelivery, claim, readSendingParts, sendClaimed } from './deliver.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** @returns false for what failed: the message comes back */
const attempt = async <T>({ attributes }: SQSRecord, work: () => Promise<T>): Promise<T | false> => {
  try {
    return await work();
  } catch (error) {
    writeLog('ERROR', 'a delivery failed, and will be tried again', {
      attempt: attributes.ApproximateReceiveCount,
      error: nameOfError(error),
    });
    return false;
  }
};

/**
 * The function behind the deliveries queue: posts to endpoints, all of a batch at once, since most of the time is waiting. What they
 * need is read together.
 */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const claims = await Promise.all(Records.map((record) => attempt(record, () => claim(JSON.parse(record.body) as QueuedDelivery))));
  const parts = readSendingParts(claims.filter((one): one is ClaimedDelivery => typeof one === 'object'));
  const isDone = await Promise.all(
    Records.map(async (record, index) => {
      const claimed = claims[index];
      if (typeof claimed !== 'object') return claimed === true;
      return attempt(record, async () => {
        await sendClaimed(claimed, await parts);
        return true;
      });
    }),
  );
  return { batchItemFailures: Records.filter((_, index) => !isDone[index]).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
