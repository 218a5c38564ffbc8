import type { SQSClient } from '@aws-sdk/client-sqs';
import type { RelayMessage } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { calling } from './service-failure.ts';

/** Set where something listens to events. */
const queueUrl = process.env[variables.eventRelayQueue];
/** By then the request that deletes has ended, one way or the other: it has 15 seconds. */
const delaySeconds = 30;

/** Whether deletions are told as events. */
export const tellsDeletions = queueUrl !== undefined;

let client: SQSClient | undefined;

/**
 * Has somebody look, when the request has ended, whether the account is gone, and tell of it. Call it before the account is deleted: a
 * crash in between loses no event, and tells of no deletion that did not happen.
 *
 * @throws ApiError `unavailable`; then nothing must be deleted
 */
export const announceDeletion = async (
  account: Pick<Extract<RelayMessage, { kind: 'deletion' }>, 'userId' | 'username' | 'actor'>,
): Promise<void> => {
  if (queueUrl === undefined) return;
  // The bundle of a backend without events has no client of SQS.
  const { SendMessageCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
  client ??= new Client({
    // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
    useQueueUrlAsEndpoint: false,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
  const message: RelayMessage = { kind: 'deletion', ...account, time: new Date().toISOString() };
  await calling(
    client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message), DelaySeconds: delaySeconds })),
  );
};
