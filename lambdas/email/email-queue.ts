import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { QueuedEmail } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const QueueUrl = requiredVariable(variables.emailQueue);
const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** SQS takes what XML takes (SendMessage, MessageBody); everything else is escaped by JSON already. */
const textOf = (email: QueuedEmail): string =>
  JSON.stringify(email).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/** Puts a message on the queue, with all that is needed to send it. */
export const queueEmail = async (email: QueuedEmail): Promise<void> => {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: textOf(email) }));
};

/** Says when a message that is not done with is tried again. */
export const delayEmail = async (receiptHandle: string, seconds: number): Promise<void> => {
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: Math.ceil(seconds) }));
};
