import { webhooks } from '@compiled/webhooks';
import { type DisabledReason, type WebhookAttempt, webhookLimits } from '../../contracts/webhooks.ts';
import type { DeliveryItem, EndpointItem, QueuedDelivery, WebhookOutboxItem } from '../../contracts/webhooks-table.ts';
import {
  claimDelivery,
  countFailure,
  disableEndpoint,
  forgetFailures,
  readParts,
  type SendingParts,
  type Settlement,
  settle,
} from './attempts-store.ts';
import { planRetry } from './plan-retry.ts';
import { type SendResult, sendDelivery } from './send-delivery.ts';
import { sendLater } from './send-later.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** Longer than one delivery takes, the requests to the database included. */
const leaseMs = webhookLimits.timeoutMs.total + 15_000;
/** How long an event stays where the stream has read it already. */
const outboxSeconds = 86_400;
const dayMs = 86_400_000;

const outboxItem = (type: 'webhook.failed' | 'webhook.disabled', data: object): WebhookOutboxItem => ({
  event: { type, data },
  expiresAt: Math.ceil(Date.now() / 1_000) + outboxSeconds,
});

/** Counts are for people to look at: a delivery does not fail with them. */
const attemptTo = async (what: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    writeLog('WARN', `${what} failed`, { error: nameOfError(error) });
  }
};

const disable = async (endpointId: string, reason: DisabledReason): Promise<void> => {
  if (await disableEndpoint(endpointId, reason, outboxItem('webhook.disabled', { endpointId, reason }))) {
    writeLog('WARN', 'an endpoint is disabled', { endpointId, reason });
  }
};

const noteFailure = async (endpointId: string, { at, status }: WebhookAttempt): Promise<void> => {
  if (status === 410) return disable(endpointId, 'gone');
  const endpoint = await countFailure(endpointId, at);
  const since = Date.parse(endpoint?.failingSince ?? at);
  if (Date.parse(at) - since >= webhooks.disableAfterDays * dayMs) await disable(endpointId, 'failing');
};

/** Gives a delivery up for good, and tells so. */
const giveUp = (endpointId: string, item: DeliveryItem, attempt: WebhookAttempt): Promise<boolean> => {
  const { sk: deliveryId, messageId, type } = item;
  const { status, error } = attempt;
  const data = { endpointId, deliveryId, messageId, type, attempts: item.attempted + 1, status, error };
  return settle({ endpointId, item, attempt, status: 'failed', outbox: outboxItem('webhook.failed', data) });
};

const settleFailure = async (endpointId: string, item: DeliveryItem, { attempt, ...result }: SendResult): Promise<void> => {
  const made = item.attempted + 1;
  const waitMs = attempt.status === 410 ? undefined : planRetry(made - item.scheduleBegan, result.retryAfterMs);
  if (waitMs === undefined) {
    await giveUp(endpointId, item, attempt);
  } else {
    const nextAttemptMs = Math.ceil(Date.now() + waitMs);
    const isMine = await settle({ endpointId, item, attempt, status: 'pending', nextAttemptMs });
    if (isMine) await sendLater({ endpointId, deliveryId: item.sk, attempted: made }, nextAttemptMs);
  }
  await attemptTo('to count a failure', () => noteFailure(endpointId, attempt));
};

/** What stands in the way of sending. */
const obstacleOf = (endpoint: EndpointItem | undefined, hasMessage: boolean): string | undefined => {
  if (endpoint === undefined) return 'endpoint_deleted';
  if (!endpoint.enabled) return 'endpoint_disabled';
  return hasMessage ? undefined : 'message_expired';
};

/** A delivery that this run is to send. */
export interface ClaimedDelivery {
  readonly endpointId: string;
  readonly item: DeliveryItem;
}

/** Reads what a delivery needs together with that of others. */
export const readSendingParts = (claimed: readonly ClaimedDelivery[]): Promise<SendingParts> =>
  readParts(
    claimed.map(({ endpointId }) => endpointId),
    claimed.map(({ item }) => item.messageId),
  );

/** Sends a delivery that is claimed, and writes down what came of it. */
export const sendClaimed = async ({ endpointId, item }: ClaimedDelivery, { endpoints, messages }: SendingParts): Promise<void> => {
  const endpoint = endpoints.get(endpointId);
  const message = messages.get(item.messageId);
  const obstacle = obstacleOf(endpoint, message !== undefined);
  if (endpoint === undefined || message === undefined || obstacle !== undefined) {
    const attempt = { at: new Date().toISOString(), durationMs: 0, ...(obstacle !== undefined && { error: obstacle }) };
    await settle({ endpointId, item, attempt, status: 'failed' } satisfies Settlement);
    return;
  }
  const result = await sendDelivery(endpoint, item, message);
  if (!result.isDelivered) return settleFailure(endpointId, item, result);
  await settle({ endpointId, item, attempt: result.attempt, status: 'succeeded' });
  if (endpoint.failingSince !== undefined) await attemptTo('to forget failures', () => forgetFailures(endpointId));
};

/** A message of the queue that may not send. @returns whether nothing is left to do */
const passOver = async (queued: QueuedDelivery, stored: DeliveryItem | undefined): Promise<boolean> => {
  if (stored?.status !== 'pending') return true;
  const { attempted, nextAttemptMs, leaseUntilMs = 0 } = stored;
  // Its attempt is being made, or its turn has not been written down yet.
  if (attempted <= queued.attempted) return false;
  // The run that made the attempt may have died before it saw to the next one.
  if (attempted === queued.attempted + 1 && nextAttemptMs !== undefined && leaseUntilMs < Date.now()) {
    await sendLater({ ...queued, attempted }, nextAttemptMs);
  }
  return true;
};

/**
 * Takes it on to send a delivery, unless somebody else does or it was done before.
 *
 * @returns the delivery; or whether nothing is left to do: else the message is to come back
 */
export const claim = async (queued: QueuedDelivery): Promise<ClaimedDelivery | boolean> => {
  const { mine, ...outcome } = await claimDelivery(queued, leaseMs);
  if (mine !== undefined) return { endpointId: queued.endpointId, item: mine };
  return passOver(queued, 'stored' in outcome ? outcome.stored : undefined);
};
