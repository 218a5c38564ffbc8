import { listedAs, type PaymentItem, paymentsKeys, type QueuedEvent } from '../../contracts/payments-table.ts';
import type { Outcome } from './apply-event.ts';
import { findUser } from './customers.ts';
import { readOrder } from './order-metadata.ts';
import { paymentView } from './payment-view.ts';
import { readItem } from './payments-store.ts';
import type { StripePayment } from './stripe-objects.ts';
import { type Deadline, fetchPayment } from './stripe-requests.ts';
import { type Told, writeChange } from './write-change.ts';

type Settled = StripePayment & { readonly status: NonNullable<StripePayment['status']> };

const isSettled = (payment: StripePayment): payment is Settled => payment.status !== undefined;

const itemOf = (now: Settled, userId: string, revision: number): PaymentItem => {
  const { id, status, amount, currency, refundedAmount, failure, createdAt } = now;
  return {
    id,
    userId,
    status,
    amount,
    currency,
    refundedAmount,
    ...readOrder(now.metadata),
    ...(failure !== undefined && { failure }),
    createdAt,
    listed: listedAs('P', now),
    day: createdAt.slice(0, 10),
    revision,
  };
};

/** A failure that was followed by a success is told no more: who hears of it last would undo what was paid for. */
const toldOf = (before: PaymentItem | undefined, after: PaymentItem, eventType: string): readonly Told[] => {
  const data = paymentView(after);
  const newlyRefundedAmount = after.refundedAmount - (before?.refundedAmount ?? 0);
  return [
    ...(after.status === 'succeeded' && before?.status !== 'succeeded' ? [{ type: 'payment.succeeded', data } as const] : []),
    ...(after.status === 'failed' && eventType === 'payment_intent.payment_failed' ? [{ type: 'payment.failed', data } as const] : []),
    ...(newlyRefundedAmount > 0 ? [{ type: 'payment.refunded', data: { ...data, newlyRefundedAmount } } as const] : []),
  ];
};

const isSame = (before: PaymentItem | undefined, after: PaymentItem): boolean =>
  before !== undefined && JSON.stringify(paymentView(before)) === JSON.stringify(paymentView(after));

/** Handles an event about a payment. */
export const applyPayment = async (event: QueuedEvent, deadline: Deadline): Promise<Outcome> => {
  const key = paymentsKeys.payment(event.object);
  const before = await readItem<PaymentItem>(key);
  const now = await fetchPayment(event.object, deadline);
  if (now === undefined || !isSettled(now)) return 'ignored';
  const userId = before?.userId ?? (now.customer === undefined ? undefined : (await findUser(now.customer))?.userId);
  if (userId === undefined) return 'ignored';
  const item = itemOf(now, userId, (before?.revision ?? 0) + 1);
  const told = toldOf(before, item, event.type);
  if (told.length === 0 && isSame(before, item)) return 'done';
  return writeChange({ event, key, item, told });
};
