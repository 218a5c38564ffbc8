import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { RelayMessage } from '../../contracts/events.ts';

const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  // All attempts end within the five seconds that Cognito gives a trigger.
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
});

/** Puts a message on a queue of the relay. */
export const relay = async (queueUrl: string, message: RelayMessage, delaySeconds = 0): Promise<void> => {
  const DelaySeconds = delaySeconds === 0 ? undefined : delaySeconds;
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message), DelaySeconds }));
};
