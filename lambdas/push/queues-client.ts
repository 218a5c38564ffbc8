import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { devicesPerDelivery, type QueuedDelivery, type QueuedMessage } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const deliveriesQueue = requiredVariable(variables.pushDeliveriesQueue);

/** SendMessageBatch takes so many. */
const batchSize = 10;
const maxAttempts = 4;
/** "Amazon SQS message quotas": a message can be kept from others for 12 hours, counted from when it was received. */
const maxVisibilitySeconds = 11 * 3_600;

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/**
 * An answer of 200 can hide entries that failed.
 *
 * @param group the message of push: a large topic's does not hold up others ("Amazon SQS fair queues")
 */
const sendBatch = async (bodies: readonly string[], group: string, attempt = 1): Promise<void> => {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, MessageGroupId: group }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: deliveriesQueue, Entries }));
  if (Failed.length === 0) return;
  if (attempt === maxAttempts) throw new Error(`the deliveries queue refuses messages: ${Failed[0]?.Code}`);
  await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
  await sendBatch(
    Failed.map(({ Id }) => bodies[Number(Id)] ?? ''),
    group,
    attempt + 1,
  );
};

/** Puts devices on the deliveries queue, in messages of {@link devicesPerDelivery}. */
export const queueDeliveries = async ({ devices, ...rest }: QueuedDelivery): Promise<void> => {
  const bodies = chunks(devices, devicesPerDelivery).map((some) => JSON.stringify({ ...rest, devices: some } satisfies QueuedDelivery));
  for (const batch of chunks(bodies, batchSize)) await sendBatch(batch, rest.messageId);
};

/** Puts what is left of a fan-out on the messages queue. */
export const queueMessage = async (queueUrl: string, message: QueuedMessage): Promise<void> => {
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
};

/** Says when a delivery that failed is tried again. */
export const delayDelivery = async (receiptHandle: string, seconds: number): Promise<void> => {
  const VisibilityTimeout = Math.min(Math.ceil(seconds), maxVisibilitySeconds);
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: deliveriesQueue, ReceiptHandle: receiptHandle, VisibilityTimeout }));
};
