import { createHash } from 'node:crypto';
import { payments } from '@compiled/payments';
import { ApiError } from '../../contracts/errors.ts';
import type { Checkout } from '../../contracts/payments.ts';
import type { PaymentsRequest } from '../../contracts/payments-schemas.ts';
import { keyClaimOf } from '../runtime/idempotency-key.ts';
import type { UserAction, UserRequest } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { withCustomer } from './customers.ts';
import { orderMetadata } from './order-metadata.ts';
import { type PricedItem, priceItems } from './price-items.ts';
import { readBody } from './read-body.ts';
import { returnUrl } from './return-url.ts';
import { openCheckout } from './stripe-requests.ts';

type Input = PaymentsRequest<'createCheckout'>;
type Fields = Readonly<Record<string, string>>;

const assertOneKind = ({ items, plan }: Input): void => {
  if ((items === undefined) !== (plan === undefined)) return;
  const detail = 'Send either items or a plan.';
  throw validationError([{ pointer: plan === undefined ? '' : '/plan', code: 'invalid_value', detail }]);
};

const priceOfPlan = (plan: string): string => {
  const price = Object.hasOwn(payments.plans, plan) ? payments.plans[plan] : undefined;
  if (price !== undefined) return price;
  throw new ApiError('not_found', 'There is no such plan.', {
    errors: [{ pointer: '/plan', code: 'not_found', detail: 'It is not for sale.' }],
  });
};

const nested = (name: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${name}[${key}]`, value]));

const itemFields = ({ amount, name, quantity }: PricedItem, index: number): Fields => ({
  [`line_items[${index}][quantity]`]: String(quantity),
  [`line_items[${index}][price_data][currency]`]: payments.currency,
  [`line_items[${index}][price_data][unit_amount]`]: String(amount),
  [`line_items[${index}][price_data][product_data][name]`]: name,
});

const orderFields = (userId: string, items: readonly PricedItem[], reference: string | undefined): Fields => {
  const metadata = orderMetadata(userId, items, reference);
  return {
    mode: 'payment',
    ...Object.assign({}, ...items.map(itemFields)),
    ...nested('metadata', metadata),
    ...nested('payment_intent_data[metadata]', metadata),
  };
};

const planFields = (userId: string, price: string, reference: string | undefined): Fields => {
  const metadata = orderMetadata(userId, [], reference);
  return {
    mode: 'subscription',
    'line_items[0][price]': price,
    'line_items[0][quantity]': '1',
    ...nested('metadata', metadata),
    ...nested('subscription_data[metadata]', metadata),
  };
};

const fieldsOf = async ({ items = [], plan, reference }: Input, { caller }: UserRequest): Promise<Fields> =>
  plan === undefined
    ? orderFields(caller.id, await priceItems(items, caller), reference)
    : planFields(caller.id, priceOfPlan(plan), reference);

/** Stripe takes keys of up to 255 characters, and remembers them for 24 hours at least ("Idempotent requests", Stripe API Reference). */
const keyFor = (request: UserRequest, customer: string): string => {
  const claim = keyClaimOf(request, Date.now());
  const parts = JSON.stringify([claim?.id ?? request.requestId, customer]);
  return `checkout-${createHash('sha256').update(parts).digest('base64url')}`;
};

/** POST: begins a checkout. Whatever is refused is refused before Stripe is asked. */
export const createCheckout: UserAction = async (request) => {
  const input = readBody('createCheckout', request);
  assertOneKind(input);
  // Refuses a key that is not well formed before anything is read.
  keyClaimOf(request, Date.now());
  const fields: Fields = {
    ...(await fieldsOf(input, request)),
    client_reference_id: request.caller.id,
    success_url: returnUrl(payments.successUrl, input.successPath),
    cancel_url: returnUrl(payments.cancelUrl, input.cancelPath),
  };
  const body: Checkout = await withCustomer(request.caller.id, request, (customer) =>
    openCheckout({ ...fields, customer }, keyFor(request, customer), request),
  );
  return { body };
};
