import { type PaymentDispute, type PaymentStatus, type SubscriptionStatus, subscriptionStatuses } from '../../contracts/payments.ts';
import { badUpstream } from './stripe-client.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const fault = (object: string, name: string): Error => badUpstream(`${object} without ${name}`);

const textOf = (fields: Fields, name: string, object: string): string => {
  const value = fields[name];
  if (typeof value !== 'string' || value === '' || value.length > 2_048) throw fault(object, name);
  return value;
};

const wholeOf = (fields: Fields, name: string, object: string): number => {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw fault(object, name);
  return value;
};

/** The latest time that `Date` knows. */
const maxSeconds = 8.64e12;

const timeOf = (fields: Fields, name: string, object: string): string => {
  const seconds = wholeOf(fields, name, object);
  if (seconds > maxSeconds) throw fault(object, name);
  return new Date(seconds * 1_000).toISOString();
};

/** Something that is named by its id, or there as a whole. */
const idOf = (value: unknown): string | undefined => {
  if (typeof value === 'string' && value !== '') return value;
  return isFields(value) && typeof value['id'] === 'string' ? value['id'] : undefined;
};

/** @throws ApiError `bad_upstream` */
export const readId = (fields: Fields, object: string): string => textOf(fields, 'id', object);

/**
 * The page that something is done on.
 *
 * @throws ApiError `bad_upstream` for what is no address of one
 */
export const readPageUrl = (fields: Fields, object: string): string => {
  const url = textOf(fields, 'url', object);
  if (!URL.canParse(url) || !['https:', 'http:'].includes(new URL(url).protocol)) throw fault(object, 'url');
  return url;
};

/** A payment, as Stripe knows it now. */
export interface StripePayment {
  readonly id: string;
  /** Undefined while the buyer has not paid yet. */
  readonly status: PaymentStatus | undefined;
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | undefined;
  readonly refundedAmount: number;
  readonly failure: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
}

const failureOf = ({ last_payment_error: error }: Fields): string | undefined => {
  if (!isFields(error)) return undefined;
  const code = error['decline_code'] ?? error['code'] ?? error['type'];
  return typeof code === 'string' && /^\w{1,100}$/.test(code) ? code : 'unknown';
};

const statusOf = (status: string, failure: string | undefined): PaymentStatus | undefined => {
  if (status === 'succeeded' || status === 'processing' || status === 'canceled') return status;
  return status === 'requires_payment_method' && failure !== undefined ? 'failed' : undefined;
};

const metadataOf = ({ metadata }: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isFields(metadata) ? metadata : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

/**
 * Reads a PaymentIntent with its latest charge.
 *
 * @throws ApiError `bad_upstream`
 */
export const readPayment = (fields: Fields): StripePayment => {
  const object = 'a payment intent';
  const { latest_charge: charge } = fields;
  if (charge !== null && charge !== undefined && !isFields(charge)) throw fault(object, 'latest_charge as an object');
  const failure = failureOf(fields);
  const status = statusOf(textOf(fields, 'status', object), failure);
  return {
    id: readId(fields, object),
    status,
    amount: wholeOf(fields, 'amount', object),
    currency: textOf(fields, 'currency', object),
    customer: idOf(fields['customer']),
    refundedAmount: isFields(charge) ? wholeOf(charge, 'amount_refunded', 'a charge') : 0,
    failure: status === 'failed' ? failure : undefined,
    metadata: metadataOf(fields),
    createdAt: timeOf(fields, 'created', object),
  };
};

/** A dispute and its payment, as Stripe knows them now. */
export interface StripeDispute {
  readonly id: string;
  readonly dispute: PaymentDispute;
  /** Undefined for a charge that was made without one. */
  readonly payment: StripePayment | undefined;
}

/** A word of Stripe's: it adds new ones. */
const wordOf = (fields: Fields, name: string, object: string): string => {
  const word = textOf(fields, name, object);
  if (!/^\w{1,100}$/.test(word)) throw fault(object, name);
  return word;
};

/**
 * Reads a Dispute with its PaymentIntent.
 *
 * @throws ApiError `bad_upstream`
 */
export const readDispute = (fields: Fields): StripeDispute => {
  const object = 'a dispute';
  const id = readId(fields, object);
  const { payment_intent: intent } = fields;
  if (intent !== null && intent !== undefined && !isFields(intent)) throw fault(object, 'payment_intent as an object');
  const dispute = {
    id,
    status: wordOf(fields, 'status', object),
    reason: wordOf(fields, 'reason', object),
    amount: wholeOf(fields, 'amount', object),
    currency: textOf(fields, 'currency', object),
    createdAt: timeOf(fields, 'created', object),
  };
  return { id, dispute, payment: isFields(intent) ? readPayment(intent) : undefined };
};

/** A subscription, as Stripe knows it now. */
export interface StripeSubscription {
  readonly id: string;
  readonly status: SubscriptionStatus;
  readonly customer: string | undefined;
  /** The id of the price of its first item. */
  readonly price: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly currentPeriodEnd: string;
  readonly createdAt: string;
}

const firstItem = ({ items }: Fields): Fields => {
  const [item] = isFields(items) && Array.isArray(items['data']) ? items['data'] : [];
  if (!isFields(item)) throw fault('a subscription', 'items');
  return item;
};

/**
 * Reads a Subscription.
 *
 * @throws ApiError `bad_upstream`
 */
export const readSubscription = (fields: Fields): StripeSubscription => {
  const object = 'a subscription';
  const status = textOf(fields, 'status', object) as SubscriptionStatus;
  if (!subscriptionStatuses.includes(status)) throw fault(object, 'a known status');
  const item = firstItem(fields);
  const price = idOf(item['price']);
  if (price === undefined) throw fault(object, 'a price');
  return {
    id: readId(fields, object),
    status,
    customer: idOf(fields['customer']),
    price,
    cancelAtPeriodEnd: fields['cancel_at_period_end'] === true,
    currentPeriodEnd: timeOf(item, 'current_period_end', object),
    createdAt: timeOf(fields, 'created', object),
  };
};
