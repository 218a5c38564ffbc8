import { defineRoutes } from './route.ts';

/** The routes of payments. */
export const paymentsRoutes = defineRoutes({
  createCheckout: {
    method: 'POST',
    path: '/payments/checkout',
    access: 'signedIn',
    summary: 'Starts a checkout of products or of a plan; prices are those of the server',
    status: 200,
    body: 'required',
    errors: [
      'validation_failed',
      'unknown_field',
      'too_many_items',
      'not_found',
      'bad_upstream',
      'idempotency_mismatch',
      'invalid_idempotency_key',
      'in_progress',
    ],
  },
  createPortal: {
    method: 'POST',
    path: '/payments/portal',
    access: 'signedIn',
    summary: 'Opens the billing portal, where the caller changes or ends subscriptions and finds invoices',
    status: 200,
    body: 'optional',
    errors: ['validation_failed', 'unknown_field', 'not_found', 'bad_upstream', 'in_progress'],
  },
  readOwnPayments: {
    method: 'GET',
    path: '/payments/me',
    access: 'signedIn',
    summary: 'Reads the caller’s subscriptions, and a page of payments, newest first',
    status: 200,
    errors: ['validation_failed', 'unknown_field', 'invalid_cursor'],
  },
  listPayments: {
    method: 'GET',
    path: '/payments',
    access: 'admins',
    summary: 'Lists the payments of a day, newest first',
    status: 200,
    errors: ['validation_failed', 'unknown_field', 'invalid_cursor'],
  },
  receiveWebhook: {
    method: 'POST',
    path: '/payments/webhook',
    access: 'anyone',
    summary: 'Takes events that Stripe has signed',
    status: 200,
    body: 'raw',
    errors: ['invalid_signature', 'stale_signature', 'invalid_json'],
  },
});

/** A key of {@link paymentsRoutes}. */
export type PaymentsRoute = keyof typeof paymentsRoutes;

/** Bounds of payments. */
export const paymentsLimits = {
  /** Each is a value of the metadata at Stripe, which takes 50 ("Metadata", Stripe API Reference); a checkout page takes 100 line items. */
  itemsPerCheckout: 40,
  /** A value of metadata has up to 500 characters. */
  referenceLength: 200,
  /** The largest amount that Stripe takes has eight digits ("Minimum and maximum charge amounts"). */
  maxAmount: 99_999_999,
  /** How old, and how far ahead of our clock, a signature may be: what Stripe's own libraries take, which look at its age only. */
  signatureToleranceSeconds: 300,
  pageSize: { default: 20, max: 100 },
} as const;

/** One product of a checkout. */
export interface CheckoutItem {
  /** The id of the record of the catalog, or of the fixed product. */
  readonly id: string;
  readonly quantity: number;
}

/** The body of `createCheckout`: products, or a plan. */
export type CheckoutInput = ({ readonly items: readonly CheckoutItem[] } | { readonly plan: string }) & {
  /** A word of the caller's own, as the id of a cart or an order. It comes back in events. */
  readonly reference?: string;
  /** A path on the origin of `successUrl`, to be used in its place. */
  readonly successPath?: string;
  /** A path on the origin of `cancelUrl`, to be used in its place. */
  readonly cancelPath?: string;
};

/** A checkout that has begun: send the buyer to its `url`. */
export interface Checkout {
  readonly id: string;
  readonly url: string;
}

/** What was bought, at the price of then. */
export interface PaidItem extends CheckoutItem {
  /** Of one piece, in the smallest unit of the currency. */
  readonly amount: number;
}

export const paymentStatuses = ['processing', 'succeeded', 'failed', 'canceled'] as const;
/** - `processing`: the bank has not decided. - `failed`: refused; the buyer may try again. - `canceled`: given up. */
export type PaymentStatus = (typeof paymentStatuses)[number];

/** What a dispute ends with (Stripe's API, "Dispute", status). */
export const endedDisputes = ['won', 'lost', 'warning_closed', 'prevented', 'charge_refunded'] as const;

/** A buyer has asked the bank for the money back. */
export interface PaymentDispute {
  /** Stripe's id of it, `du_…` or `dp_…`. */
  readonly id: string;
  /** Stripe's word: `needs_response`, `under_review`, `warning_needs_response`, …; {@link endedDisputes} when it is over. */
  readonly status: string;
  /** Stripe's word: `fraudulent`, `product_not_received`, … */
  readonly reason: string;
  /** What it is about, in the smallest unit of the currency that the buyer's bank has it in. */
  readonly amount: number;
  readonly currency: string;
  readonly createdAt: string;
}

/** A payment as the API returns it. */
export interface Payment {
  /** Stripe's id of it, `pi_…`. */
  readonly id: string;
  readonly status: PaymentStatus;
  /** In the smallest unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly refundedAmount: number;
  /** Empty for payments of subscriptions. */
  readonly items: readonly PaidItem[];
  readonly reference?: string;
  /** Stripe's word of why it failed: `card_declined`. */
  readonly failure?: string;
  /** Absent where there were none. */
  readonly disputes?: readonly PaymentDispute[];
  readonly createdAt: string;
}

export const subscriptionStatuses = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const;
/** As at Stripe. A customer has what was bought while it is `active` or `trialing`. */
export type SubscriptionStatus = (typeof subscriptionStatuses)[number];

/** A subscription as the API returns it. */
export interface Subscription {
  /** Stripe's id of it, `sub_…`. */
  readonly id: string;
  /** The plan of the definition; absent for a price that is none of its plans. */
  readonly plan?: string;
  readonly status: SubscriptionStatus;
  readonly cancelAtPeriodEnd: boolean;
  readonly currentPeriodEnd?: string;
  readonly createdAt: string;
}

/** A page of payments. */
export interface PaymentsPage<P extends Payment = Payment> {
  readonly items: readonly P[];
  readonly cursor?: string;
}

/** The answer of `readOwnPayments`. */
export interface OwnPayments {
  readonly subscriptions: readonly Subscription[];
  readonly payments: PaymentsPage;
}

/** What is told of a payment. */
export interface PaymentChange extends Payment {
  readonly userId: string;
}

/** What is told of a refund. */
export interface PaymentRefund extends PaymentChange {
  /** What was given back now. `refundedAmount` is all of it. */
  readonly newlyRefundedAmount: number;
}

/** What is told of a dispute. */
export interface PaymentDisputed extends PaymentChange {
  readonly dispute: PaymentDispute;
}

/** What is told of a subscription. */
export interface SubscriptionChange extends Subscription {
  readonly userId: string;
}

/** What payments tell of. */
export interface PaymentsEvents {
  readonly 'payment.succeeded': PaymentChange;
  readonly 'payment.failed': PaymentChange;
  readonly 'payment.refunded': PaymentRefund;
  readonly 'payment.disputed': PaymentDisputed;
  readonly 'payment.disputeClosed': PaymentDisputed;
  readonly 'subscription.created': SubscriptionChange;
  readonly 'subscription.updated': SubscriptionChange;
  readonly 'subscription.canceled': SubscriptionChange;
}

declare module './events.ts' {
  interface FeatureEvents extends PaymentsEvents {}
}

/** The names of {@link PaymentsEvents}. */
export const paymentsEvents = [
  'payment.succeeded',
  'payment.failed',
  'payment.refunded',
  'payment.disputed',
  'payment.disputeClosed',
  'subscription.created',
  'subscription.updated',
  'subscription.canceled',
] as const satisfies readonly (keyof PaymentsEvents)[];
