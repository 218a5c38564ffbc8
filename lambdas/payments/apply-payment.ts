import { endedDisputes, type PaymentDispute } from '../../contracts/payments.ts';
import { listedAs, type PaymentItem, paymentsKeys, type QueuedEvent } from '../../contracts/payments-table.ts';
import type { Outcome } from './apply-event.ts';
import { findUser } from './customers.ts';
import { readOrder } from './order-metadata.ts';
import { paymentView } from './payment-view.ts';
import { readItem } from './payments-store.ts';
import type { StripePayment } from './stripe-objects.ts';
import { type Deadline, fetchDispute, fetchPayment } from './stripe-requests.ts';
import { type Told, writeChange } from './write-change.ts';

type Settled = StripePayment & { readonly status: NonNullable<StripePayment['status']> };

const isSettled = (payment: StripePayment): payment is Settled => payment.status !== undefined;

/** What is kept of a payment beside what Stripe tells with it. */
interface Kept {
  readonly userId: string;
  readonly disputes: PaymentItem['disputes'];
  readonly revision: number;
}

const itemOf = (now: Settled, { userId, disputes, revision }: Kept): PaymentItem => {
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
    ...(disputes !== undefined && { disputes }),
    createdAt,
    listed: listedAs('P', now),
    day: createdAt.slice(0, 10),
    revision,
  };
};

const isOver = ({ status }: PaymentDispute): boolean => (endedDisputes as readonly string[]).includes(status);

/** The end of a dispute that nobody has heard of tells its beginning, too. */
const toldOfDisputes = (before: PaymentItem | undefined, after: PaymentItem): readonly Told[] =>
  (after.disputes ?? []).flatMap((dispute) => {
    const known = before?.disputes?.find(({ id }) => id === dispute.id);
    const data = { ...paymentView(after), dispute };
    return [
      ...(known === undefined ? [{ type: 'payment.disputed', data } as const] : []),
      ...(isOver(dispute) && (known === undefined || !isOver(known)) ? [{ type: 'payment.disputeClosed', data } as const] : []),
    ];
  });

/** A failure that was followed by a success is told no more: who hears of it last would undo what was paid for. */
const toldOf = (before: PaymentItem | undefined, after: PaymentItem, eventType: string): readonly Told[] => {
  const data = paymentView(after);
  const newlyRefundedAmount = after.refundedAmount - (before?.refundedAmount ?? 0);
  return [
    ...(after.status === 'succeeded' && before?.status !== 'succeeded' ? [{ type: 'payment.succeeded', data } as const] : []),
    ...(after.status === 'failed' && eventType === 'payment_intent.payment_failed' ? [{ type: 'payment.failed', data } as const] : []),
    ...(newlyRefundedAmount > 0 ? [{ type: 'payment.refunded', data: { ...data, newlyRefundedAmount } } as const] : []),
    ...toldOfDisputes(before, after),
  ];
};

const isSame = (before: PaymentItem | undefined, after: PaymentItem): boolean =>
  before !== undefined && JSON.stringify(paymentView(before)) === JSON.stringify(paymentView(after));

/** What Stripe knows now of a payment, and of the dispute that an event is about. */
interface Now {
  readonly payment: StripePayment | undefined;
  readonly dispute?: PaymentDispute;
}

/** Writes what has become of a payment since it was read. */
const write = async (event: QueuedEvent, before: PaymentItem | undefined, { payment: now, dispute }: Now): Promise<Outcome> => {
  if (now === undefined || !isSettled(now)) return 'ignored';
  const userId = before?.userId ?? (now.customer === undefined ? undefined : (await findUser(now.customer))?.userId);
  if (userId === undefined) return 'ignored';
  const others = before?.disputes?.filter(({ id }) => id !== dispute?.id);
  const disputes = dispute === undefined ? others : [...(others ?? []), dispute];
  const item = itemOf(now, { userId, disputes, revision: (before?.revision ?? 0) + 1 });
  const told = toldOf(before, item, event.type);
  if (told.length === 0 && isSame(before, item)) return 'done';
  return writeChange({ event, key: paymentsKeys.payment(item.id), item, told });
};

const readPaymentItem = (id: string): Promise<PaymentItem | undefined> => readItem<PaymentItem>(paymentsKeys.payment(id));

/** Handles an event about a payment. */
export const applyPayment = async (event: QueuedEvent, deadline: Deadline): Promise<Outcome> => {
  const before = await readPaymentItem(event.object);
  return write(event, before, { payment: await fetchPayment(event.object, deadline) });
};

/** Handles an event about a dispute, which names its payment: asked for once more after that was read, so that nothing older is written. */
export const applyDispute = async (event: QueuedEvent, deadline: Deadline): Promise<Outcome> => {
  const first = await fetchDispute(event.object, deadline);
  if (first?.payment === undefined) return 'ignored';
  const before = await readPaymentItem(first.payment.id);
  const now = await fetchDispute(event.object, deadline);
  return now === undefined ? 'ignored' : write(event, before, now);
};
