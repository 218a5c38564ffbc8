import { payments } from '@compiled/payments';
import { ApiError } from '../../contracts/errors.ts';
import { validationError } from '../runtime/validate-body.ts';
import { forgetPaymentsSecret, readPaymentsSecret } from './secret-store.ts';
import { badUpstream, callStripe, type StripeAnswer, type StripeCall } from './stripe-client.ts';
import {
  readDispute,
  readId,
  readPageUrl,
  readPayment,
  readSubscription,
  type StripeDispute,
  type StripePayment,
  type StripeSubscription,
} from './stripe-objects.ts';
import { writeLog } from './write-log.ts';

/** The time that is left for a request. */
export interface Deadline {
  readonly remainingMs: () => number;
}

type Refusal = Extract<StripeAnswer, { ok: false }>;

/** Keys say in which mode they are: `sk_test_…`, `rk_live_…`. */
const keyOf = async (): Promise<Pick<StripeCall, 'secretKey' | 'apiUrl'>> => {
  const { secretKey, apiUrl } = await readPaymentsSecret();
  const wrong = payments.livemode ? '_test_' : '_live_';
  if (!secretKey.slice(0, 12).includes(wrong)) return { secretKey, apiUrl };
  writeLog(
    'ERROR',
    `payments cannot be made: the key of the secret is not one of Stripe's ${payments.livemode ? 'live' : 'test'} mode`,
    {},
  );
  throw new ApiError('unavailable', 'Payments are not set up yet. Try again later.', { retryAfterSeconds: 60 });
};

/** What Stripe takes at least differs by currency, and changes with rates. */
const tooLittle = (): ApiError =>
  validationError([
    { pointer: '/items', code: 'too_small', detail: 'Together they cost less than can be paid by card: buy more at a time.' },
  ]);

/** What is mended by another key. */
const refusals: Readonly<Record<number, string>> = {
  401: 'it refuses the key of the secret',
  403: 'the key of the secret may not do this: give it the permissions that docs/payments.md names',
};

const refused = (what: string, { status, type, code, param }: Refusal): ApiError => {
  if (code === 'amount_too_small') return tooLittle();
  if (type === 'idempotency_error' && status !== 409)
    return new ApiError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new key.');
  if (status === 409)
    return new ApiError('in_progress', 'The same request is in progress. Try again in a moment.', { retryAfterSeconds: 1 });
  if (status === 401) forgetPaymentsSecret();
  return badUpstream(refusals[status] ?? `it refuses ${what}`, { status, type, code, param });
};

const isMissing = ({ status, code }: Refusal): boolean => status === 404 && (code === 'resource_missing' || code === '');

const post = async (
  path: string,
  fields: Readonly<Record<string, string>>,
  idempotencyKey: string,
  { remainingMs }: Deadline,
): Promise<StripeAnswer> => callStripe({ method: 'POST', path, fields, idempotencyKey, ...(await keyOf()), remainingMs });

/**
 * Makes a customer. The same key gives the same customer for a day at least.
 *
 * @returns its id
 * @throws ApiError `unavailable`, `timeout`, `bad_upstream`, `in_progress`
 */
export const createCustomer = async (userId: string, idempotencyKey: string, deadline: Deadline): Promise<string> => {
  const answer = await post('/v1/customers', { 'metadata[userId]': userId }, idempotencyKey, deadline);
  if (!answer.ok) throw refused('a customer', answer);
  return readId(answer.object, 'a customer');
};

/** A session that a page is for; undefined where Stripe does not know the customer. */
export interface StripePage {
  readonly id: string;
  readonly url: string;
}

const openPage = async (
  path: string,
  fields: Readonly<Record<string, string>>,
  key: string,
  deadline: Deadline,
): Promise<StripePage | undefined> => {
  const answer = await post(path, fields, key, deadline);
  if (answer.ok) return { id: readId(answer.object, 'a session'), url: readPageUrl(answer.object, 'a session') };
  if (answer.code === 'resource_missing' && answer.param === 'customer') return undefined;
  throw refused('a session', answer);
};

/** @throws ApiError `unavailable`, `timeout`, `bad_upstream`, `in_progress`, `idempotency_mismatch` */
export const openCheckout = (fields: Readonly<Record<string, string>>, key: string, deadline: Deadline): Promise<StripePage | undefined> =>
  openPage('/v1/checkout/sessions', fields, key, deadline);

/** @throws ApiError `unavailable`, `timeout`, `bad_upstream`, `in_progress` */
export const openPortal = (fields: Readonly<Record<string, string>>, key: string, deadline: Deadline): Promise<StripePage | undefined> =>
  openPage('/v1/billing_portal/sessions', fields, key, deadline);

const read = async <T extends { readonly id: string }>(
  path: string,
  id: string,
  parse: (fields: Readonly<Record<string, unknown>>) => T,
  { remainingMs }: Deadline,
): Promise<T | undefined> => {
  const answer = await callStripe({ method: 'GET', path, ...(await keyOf()), remainingMs });
  if (answer.ok) {
    const object = parse(answer.object);
    if (object.id !== id) throw badUpstream('another object than it was asked for');
    return object;
  }
  if (isMissing(answer)) {
    writeLog('WARN', 'Stripe does not know what it has told of: see whether the key of the secret is of the account that tells', {});
    return undefined;
  }
  throw refused('a read', answer);
};

/** A payment as it is now; undefined where Stripe has none. @throws ApiError `unavailable`, `timeout`, `bad_upstream` */
export const fetchPayment = (id: string, deadline: Deadline): Promise<StripePayment | undefined> =>
  read(`/v1/payment_intents/${encodeURIComponent(id)}?expand%5B%5D=latest_charge`, id, readPayment, deadline);

/** A dispute as it is now, with its payment; undefined where Stripe has none. @throws ApiError `unavailable`, `timeout`, `bad_upstream` */
export const fetchDispute = (id: string, deadline: Deadline): Promise<StripeDispute | undefined> =>
  read(`/v1/disputes/${encodeURIComponent(id)}?expand%5B%5D=payment_intent.latest_charge`, id, readDispute, deadline);

/** A subscription as it is now; undefined where Stripe has none. @throws ApiError `unavailable`, `timeout`, `bad_upstream` */
export const fetchSubscription = (id: string, deadline: Deadline): Promise<StripeSubscription | undefined> =>
  read(`/v1/subscriptions/${encodeURIComponent(id)}`, id, readSubscription, deadline);

/** Ends a subscription at once. One that has ended before, or that Stripe does not know, is no error. @throws ApiError `unavailable`, `timeout`, `bad_upstream` */
export const cancelSubscription = async (id: string, { remainingMs }: Deadline): Promise<void> => {
  const path = `/v1/subscriptions/${encodeURIComponent(id)}`;
  const answer = await callStripe({ method: 'DELETE', path, ...(await keyOf()), remainingMs });
  if (!answer.ok && !isMissing(answer)) throw refused('the end of a subscription', answer);
};
