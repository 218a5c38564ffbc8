import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AnalyticsDelivery } from '../../contracts/analytics-deliveries.ts';
import { ApiError } from '../../contracts/errors.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';

const QueueUrl = requiredVariable(variables.analyticsQueue);
const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
});

/** SQS takes what XML takes (SendMessage, MessageBody); everything else is escaped by JSON already. */
const textOf = (delivery: AnalyticsDelivery): string =>
  JSON.stringify(delivery).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

const sendTogether = async (QueueUrl: string, deliveries: readonly AnalyticsDelivery[]): Promise<void> => {
  // So that SQS keeps what is for one service from holding up what is for others ("Amazon SQS fair queues").
  const Entries = deliveries.map((delivery, index) => ({
    Id: String(index),
    MessageBody: textOf(delivery),
    MessageGroupId: delivery.to,
  }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  if (Failed.length === 0) return;
  throw new ApiError('unavailable', 'The events could not be kept. Send them again, with the same ids.', { retryAfterSeconds: 2 });
};

/**
 * What a request of SQS takes (1 MiB), less what surrounds the messages. Up to three destinations fit unless the events are as large
 * as they may be.
 */
const requestBytes = 1_000_000;
/** And so many messages. */
const requestMessages = 10;

const inRequests = (deliveries: readonly AnalyticsDelivery[]): readonly AnalyticsDelivery[][] => {
  const requests: AnalyticsDelivery[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const delivery of deliveries) {
    const own = Buffer.byteLength(textOf(delivery));
    if (bytes + own > requestBytes || requests.at(-1)?.length === requestMessages) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(delivery);
    bytes += own;
  }
  return requests;
};

/**
 * Keeps events that are still to be put somewhere.
 *
 * @param queueUrl where. @default the queue of those that are tried again
 * @throws ApiError `unavailable`, `timeout`: some may not be kept
 */
export const queueDeliveries = async (deliveries: readonly AnalyticsDelivery[], queueUrl = QueueUrl): Promise<void> => {
  try {
    for (const request of inRequests(deliveries)) await sendTogether(queueUrl, request);
  } catch (error) {
    throw storeError(error);
  }
};

/** Says when a message that is not done with is tried again. */
export const delayDelivery = async (receiptHandle: string, seconds: number): Promise<void> => {
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: Math.ceil(seconds) }));
};
