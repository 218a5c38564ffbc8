import type { OutboxItem } from './events.ts';
import type { DisabledReason, WebhookAttempt, WebhookStatus } from './webhooks.ts';

/**
 * The table of outbound webhooks. Writers are lambdas/webhooks; the construct makes it. One Query gives all endpoints.
 *
 * | pk              | sk           | what                                                                              |
 * |-----------------|--------------|-----------------------------------------------------------------------------------|
 * | `E`             | `<endpoint>` | an endpoint                                                                       |
 * | `D#<endpoint>`  | `<delivery>` | what came of an event at an endpoint. The id is made of both, so that there is one |
 * | `M#<message>`   | `M`          | what is sent, once for all endpoints                                              |
 * | `O#<id>`        | `O`          | an event of webhooks themselves, on its way to the bus                            |
 * | `K#cursor`      | `K`          | the key that seals cursors                                                        |
 */
export const webhooksTable = { partitionKey: 'pk', sortKey: 'sk', timeToLive: 'expiresAt', outboxPrefix: 'O#' } as const;

/** A secret of an endpoint. */
export interface StoredSecret {
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

export interface EndpointItem {
  readonly sk: string;
  readonly url: string;
  readonly description?: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly disabledReason?: DisabledReason;
  readonly headers: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly secrets: readonly StoredSecret[];
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly failures: number;
  readonly failingSince?: string;
}

export interface DeliveryItem {
  readonly sk: string;
  readonly messageId: string;
  readonly type: string;
  readonly status: WebhookStatus;
  readonly createdAt: string;
  /** The newest, oldest first. */
  readonly attempts: readonly WebhookAttempt[];
  /** How many attempts there were, with those that are not kept: which of the queue's messages count. */
  readonly attempted: number;
  /** How many attempts there were before the schedule began, at first 0, and anew with a replay. */
  readonly scheduleBegan: number;
  /** Milliseconds since the epoch. Only while it waits. */
  readonly nextAttemptMs?: number;
  /** Whoever sends it has until then, in milliseconds since the epoch. */
  readonly leaseUntilMs?: number;
  readonly expiresAt: number;
}

export interface MessageItem {
  /** `{ type, timestamp, data }` as JSON: each attempt sends the same bytes. */
  readonly body: string;
  readonly expiresAt: number;
}

/** An event of webhooks themselves. */
export interface WebhookOutboxItem extends OutboxItem {
  readonly expiresAt: number;
}

/** Something on the deliveries queue. */
export interface QueuedDelivery {
  readonly endpointId: string;
  readonly deliveryId: string;
  /** How many attempts there were when it was put there: a message of the past does nothing. */
  readonly attempted: number;
}

/** The partition of all endpoints. */
export const endpointsPartition = 'E';

/** The keys of items. */
export const webhookKeys = {
  endpoint: (id: string) => ({ pk: endpointsPartition, sk: id }),
  delivery: (endpointId: string, id: string) => ({ pk: `D#${endpointId}`, sk: id }),
  message: (id: string) => ({ pk: `M#${id}`, sk: 'M' }),
  outbox: (id: string) => ({ pk: `${webhooksTable.outboxPrefix}${id}`, sk: 'O' }),
} as const;

/** How often SQS hands out a message before it is put aside (`maxReceiveCount`). */
export const webhookQueueAttempts = 5;
