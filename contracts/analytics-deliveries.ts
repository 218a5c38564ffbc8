import type { AnalyticsEvent } from './analytics.ts';
import type { ForwardName } from './analytics-options.ts';

/** The table of consents: one item a user, `{ pk: 'U#<sub>', consent, at }`. */
export const consentsTable = { partitionKey: 'pk' } as const;

/** The key of a user's consent. */
export const consentKey = (userId: string) => ({ pk: `U#${userId}` });

/** A message on the queue: events that are still to be put somewhere. `stream`: Firehose did not take them at once. */
export interface AnalyticsDelivery {
  readonly to: 'stream' | ForwardName;
  readonly events: readonly AnalyticsEvent[];
  /** The HTTP status with which the service has refused the one event for good. Among the dead letters only. */
  readonly refusedWith?: number;
}

/** How often SQS hands out a message before it is put aside: over half a day, with waits of up to an hour. */
export const analyticsAttempts = 20;
