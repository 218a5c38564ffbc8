import type { OutboxItem } from './events.ts';
import type { Payment, Subscription } from './payments.ts';

/**
 * The table of payments. Writers are lambdas/payments; the construct makes it.
 *
 * | pk              | sk  | what                                                                          |
 * |-----------------|-----|-------------------------------------------------------------------------------|
 * | `U#<sub>`       | `C` | the customer that a user is at Stripe                                         |
 * | `C#<customer>`  | `C` | the user that a customer is here, or was before the account was deleted       |
 * | `P#<payment>`   | `P` | a payment: in the index `byUser`, and in `byDay`                              |
 * | `S#<id>`        | `S` | a subscription: in the index `byUser`                                         |
 * | `E#<event>`     | `E` | an event of Stripe that has changed something: written with what it changed   |
 * | `O#<event>#<n>` | `O` | what is told on the bus of it: written with what it tells of                  |
 * | `K#cursor`      | `K` | the key that seals cursors                                                    |
 */
export const paymentsTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  /** A user's payments (`P#<time>#<id>`) and subscriptions (`S#<time>#<id>`), by `listed`. */
  byUser: { name: 'byUser', partitionKey: 'userId', sortKey: 'listed' },
  /** The payments of a day (UTC, `2026-11-24`), by `listed`. */
  byDay: { name: 'byDay', partitionKey: 'day', sortKey: 'listed' },
  /** What the keys of items begin with that are events. */
  outboxPrefix: 'O#',
} as const;

export const paymentsKeys = {
  customer: (userId: string) => ({ pk: `U#${userId}`, sk: 'C' }),
  user: (customer: string) => ({ pk: `C#${customer}`, sk: 'C' }),
  payment: (id: string) => ({ pk: `P#${id}`, sk: 'P' }),
  subscription: (id: string) => ({ pk: `S#${id}`, sk: 'S' }),
  event: (id: string) => ({ pk: `E#${id}`, sk: 'E' }),
  told: (event: string, index: number) => ({ pk: `${paymentsTable.outboxPrefix}${event}#${index}`, sk: 'O' }),
};

/** Where an item is in a user's lists. */
export const listedAs = (kind: 'P' | 'S', { createdAt, id }: Pick<Payment, 'createdAt' | 'id'>): string => `${kind}#${createdAt}#${id}`;

interface Kept {
  readonly userId: string;
  readonly listed: string;
  /** Counts the writes, so that none takes the place of one that it has not seen. */
  readonly revision: number;
}

export interface PaymentItem extends Payment, Kept {
  readonly day: string;
}
export interface SubscriptionItem extends Subscription, Kept {}

/** An event on the bus that waits in the table to be told. */
export interface ToldItem extends OutboxItem {
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** How long events are remembered, in days. Stripe repeats one for three days, and a person for thirty ("Webhooks", Stripe documentation). */
export const rememberedDays = 40;

/** Something on the queue: an event of Stripe, and what to look at there. */
export interface QueuedEvent {
  readonly id: string;
  readonly type: string;
  readonly kind: 'payment' | 'dispute' | 'subscription';
  readonly object: string;
}

/**
 * Attempts at an event, after which it is put aside. With waits of 30 s that double up to an hour, they span more than five hours of
 * an outage.
 */
export const eventAttempts = 14;
