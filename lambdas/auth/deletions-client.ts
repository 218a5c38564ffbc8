import type { SQSClient } from '@aws-sdk/client-sqs';
import type { RelayMessage } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { calling } from './service-failure.ts';

/** Set where something listens to events. */
const queueUrl = process.env[variables.eventRelayQueue];
/**
 * The longest that SQS takes ("DelaySeconds"): by then the request that deletes has ended, one way or the other, and the last access
 * token of the user, too, unless `accessTokenMinutes` is raised. What the token has made meanwhile is forgotten by then.
 */
const delaySeconds = 900;

/** Whether deletions are told as events. */
export const tellsDeletions = queueUrl !== undefined;

/** An account, and who deletes it. */
export type Deletion = Extract<RelayMessage, { kind: 'deletion' }>;

let client: SQSClient | undefined;

const send = async (message: Deletion, DelaySeconds: number): Promise<void> => {
  // The bundle of a backend without events has no client of SQS.
  const { SendMessageCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
  client ??= new Client({
    // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
    useQueueUrlAsEndpoint: false,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message), DelaySeconds }));
};

/**
 * Deletes an account and has it told, also if the function is stopped in between: somebody looks later whether the account is gone,
 * so that no deletion is told that did not happen. What is told twice has one id.
 *
 * @throws ApiError `unavailable`, and what `remove` throws; if the announcement fails, nothing is deleted
 */
export const deleteAndTell = async (account: Omit<Deletion, 'kind' | 'time'>, remove: () => Promise<void>): Promise<void> => {
  if (!tellsDeletions) return remove();
  const message: Deletion = { kind: 'deletion', ...account, time: new Date().toISOString() };
  await calling(send(message, delaySeconds));
  await remove();
  // At once, since the user's devices would get messages until then. The announcement tells it if this fails.
  await send(message, 0).catch(() => undefined);
};
