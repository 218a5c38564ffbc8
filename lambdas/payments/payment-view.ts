import type { PaymentChange, Subscription, SubscriptionChange } from '../../contracts/payments.ts';
import type { PaymentItem, SubscriptionItem } from '../../contracts/payments-table.ts';

/** A payment as it is told and shown to admins. */
export const paymentView = (item: PaymentItem): PaymentChange => {
  const { id, userId, status, amount, currency, refundedAmount, items, reference, failure, disputes, createdAt } = item;
  return {
    id,
    userId,
    status,
    amount,
    currency,
    refundedAmount,
    items,
    ...(reference !== undefined && { reference }),
    ...(failure !== undefined && { failure }),
    ...(disputes !== undefined && { disputes }),
    createdAt,
  };
};

/** A subscription as its owner sees it. */
export const subscriptionView = (item: SubscriptionItem): Subscription => {
  const { id, plan, status, cancelAtPeriodEnd, currentPeriodEnd, createdAt } = item;
  return {
    id,
    ...(plan !== undefined && { plan }),
    status,
    cancelAtPeriodEnd,
    ...(currentPeriodEnd !== undefined && { currentPeriodEnd }),
    createdAt,
  };
};

/** A subscription as it is told. */
export const subscriptionChange = (item: SubscriptionItem): SubscriptionChange => ({ ...subscriptionView(item), userId: item.userId });
