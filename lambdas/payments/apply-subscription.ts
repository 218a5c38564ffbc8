import { payments } from '@compiled/payments';
import { listedAs, paymentsKeys, type QueuedEvent, type SubscriptionItem } from '../../contracts/payments-table.ts';
import type { Outcome } from './apply-event.ts';
import { findUser } from './customers.ts';
import { hasEnded } from './has-ended.ts';
import { subscriptionChange } from './payment-view.ts';
import { readItem } from './payments-store.ts';
import type { StripeSubscription } from './stripe-objects.ts';
import { cancelSubscription, type Deadline, fetchSubscription } from './stripe-requests.ts';
import { type Told, writeChange } from './write-change.ts';

const planOf = (price: string): string | undefined => Object.entries(payments.plans).find(([, id]) => id === price)?.[0];

const itemOf = (now: StripeSubscription, userId: string, revision: number): SubscriptionItem => {
  const { id, status, cancelAtPeriodEnd, currentPeriodEnd, createdAt } = now;
  const plan = planOf(now.price);
  return {
    id,
    userId,
    ...(plan !== undefined && { plan }),
    status,
    cancelAtPeriodEnd,
    currentPeriodEnd,
    createdAt,
    listed: listedAs('S', now),
    revision,
  };
};

/** One that had ended before we heard of it is told as ended only. */
const toldOf = (before: SubscriptionItem | undefined, after: SubscriptionItem): Told => {
  const data = subscriptionChange(after);
  if (hasEnded(after) && (before === undefined || !hasEnded(before))) return { type: 'subscription.canceled', data };
  return { type: before === undefined ? 'subscription.created' : 'subscription.updated', data };
};

const isSame = (before: SubscriptionItem | undefined, after: SubscriptionItem): boolean =>
  before !== undefined && JSON.stringify(subscriptionChange(before)) === JSON.stringify(subscriptionChange(after));

/** Handles an event about a subscription. */
export const applySubscription = async (event: QueuedEvent, deadline: Deadline): Promise<Outcome> => {
  const key = paymentsKeys.subscription(event.object);
  const before = await readItem<SubscriptionItem>(key);
  const now = await fetchSubscription(event.object, deadline);
  if (now === undefined) return 'ignored';
  const user = before ?? (now.customer === undefined ? undefined : await findUser(now.customer));
  if (user === undefined) return 'ignored';
  const { userId } = user;
  const item = itemOf(now, userId, (before?.revision ?? 0) + 1);
  // Of a checkout that was open when the account was deleted. Stripe tells of the end by itself.
  if ('forgotten' in user && !hasEnded(item)) await cancelSubscription(item.id, deadline);
  if (isSame(before, item)) return 'done';
  return writeChange({ event, key, item, told: [toldOf(before, item)] });
};
