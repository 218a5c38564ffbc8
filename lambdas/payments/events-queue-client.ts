import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { QueuedEvent } from '../../contracts/payments-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';

const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const QueueUrl = requiredVariable(variables.paymentEventsQueue);

/**
 * Keeps an event until it has been handled.
 *
 * @throws ApiError `unavailable`, `timeout`
 */
export const queueEvent = async (event: QueuedEvent): Promise<void> => {
  try {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  } catch (error) {
    throw storeError(error);
  }
};

/** Says when an event that could not be handled is tried again. */
export const delayEvent = async (ReceiptHandle: string, seconds: number): Promise<void> => {
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: Math.ceil(seconds) }));
};
