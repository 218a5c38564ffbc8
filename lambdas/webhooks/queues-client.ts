import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { variables } from '../../contracts/variables.ts';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { deliveryMessage } from './delivery-message.ts';

const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const QueueUrl = requiredVariable(variables.webhookDeliveriesQueue);

/** SendMessageBatch takes so many. */
const batchSize = 10;
const maxAttempts = 4;

/** An answer of 200 can hide entries that failed. */
const sendBatch = async (deliveries: readonly QueuedDelivery[], attempt = 1): Promise<void> => {
  const Entries = deliveries.map((delivery, index) => ({ Id: String(index), ...deliveryMessage(delivery) }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  if (Failed.length === 0) return;
  if (attempt === maxAttempts) throw new Error(`the deliveries queue refuses messages: ${Failed[0]?.Code}`);
  await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
  const failed = new Set(Failed.map(({ Id }) => Number(Id)));
  await sendBatch(
    deliveries.filter((_, index) => failed.has(index)),
    attempt + 1,
  );
};

/** Puts deliveries on their queue, to be sent now. */
export const queueDeliveries = async (deliveries: readonly QueuedDelivery[]): Promise<void> => {
  for (let from = 0; from < deliveries.length; from += batchSize) await sendBatch(deliveries.slice(from, from + batchSize));
};

/** Puts a delivery on its queue, to be sent after so many seconds: 900 at the most ("Amazon SQS delay queues"). */
export const queueLater = async (delivery: QueuedDelivery, DelaySeconds: number): Promise<void> => {
  await client.send(new SendMessageCommand({ QueueUrl, ...deliveryMessage(delivery), DelaySeconds }));
};
