import { z } from 'zod';
import { type PaymentsRoute, paymentStatuses, paymentsLimits, subscriptionStatuses } from './payments.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** A path on an origin of the definition: never the beginning of another origin (`//host`, `/\host`). */
const path = z
  .string()
  .regex(/^\/(?:[^\s\\/][^\s\\]*)?$/)
  .max(1_024);

/** The bodies of requests by route. Objects are strict: an unknown field, as an amount, is refused. */
export const paymentsRequests = {
  createCheckout: z.strictObject({
    items: z
      .array(z.strictObject({ id: z.string().min(1).max(128), quantity: z.int().min(1).max(1_000_000) }))
      .min(1)
      .max(paymentsLimits.itemsPerCheckout)
      .optional(),
    plan: z.string().min(1).max(64).optional(),
    reference: z.string().min(1).max(paymentsLimits.referenceLength).optional(),
    successPath: path.optional(),
    cancelPath: path.optional(),
  }),
  createPortal: z.strictObject({ returnPath: path.optional() }),
} as const satisfies Partial<Record<PaymentsRoute, z.ZodType>>;

const dispute = z.object({
  id: z.string(),
  status: z.string(),
  reason: z.string(),
  amount: z.int(),
  currency: z.string(),
  createdAt: z.string(),
});
const payment = z.object({
  id: z.string(),
  status: z.enum(paymentStatuses),
  amount: z.int(),
  currency: z.string(),
  refundedAmount: z.int(),
  items: z.array(z.object({ id: z.string(), quantity: z.int(), amount: z.int() })),
  reference: z.string().optional(),
  failure: z.string().optional(),
  disputes: z.array(dispute).optional(),
  createdAt: z.string(),
});
const subscription = z.object({
  id: z.string(),
  plan: z.string().optional(),
  status: z.enum(subscriptionStatuses),
  cancelAtPeriodEnd: z.boolean(),
  currentPeriodEnd: z.string().optional(),
  createdAt: z.string(),
});
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), cursor: z.string().optional() });

/** The bodies of answers by route. */
export const paymentsReplies = {
  createCheckout: z.object({ id: z.string(), url: z.string() }),
  createPortal: z.object({ url: z.string() }),
  readOwnPayments: z.object({ subscriptions: z.array(subscription), payments: page(payment) }),
  listPayments: page(payment.extend({ userId: z.string() })),
  receiveWebhook: z.object({ received: z.literal(true) }),
} as const satisfies Record<PaymentsRoute, z.ZodType>;

/** The body of a request, as its schema has it. */
export type PaymentsRequest<K extends keyof typeof paymentsRequests> = z.output<(typeof paymentsRequests)[K]>;
/** The body of an answer. */
export type PaymentsReply<K extends keyof typeof paymentsReplies> = z.output<(typeof paymentsReplies)[K]>;
