import { standInPath } from '../../contracts/payments-stand-in.ts';
import type { CheckoutLine, StandInObject, StandInStore } from './stand-in-store.ts';

type Fields = Readonly<Record<string, string>>;

/** A request of a function. */
export interface ApiRequest {
  readonly method: string;
  /** Below the stand-in: `/v1/customers`. */
  readonly path: string;
  readonly fields: Fields;
  readonly idempotencyKey: string | undefined;
}

/** An answer as Stripe's API gives it. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const refuse = (status: number, code: string, param: string, type = 'invalid_request_error'): ApiAnswer => ({
  status,
  body: { error: { type, code, param, message: 'refused by the local stand-in' } },
});

/** In the smallest unit; what Stripe takes at least differs by currency and is about as much ("Minimum and maximum charge amounts"). */
const leastAmount = 50;

const linesOf = (fields: Fields): readonly CheckoutLine[] => {
  const count = Object.keys(fields).filter((name) => /^line_items\[\d+\]\[quantity\]$/.test(name)).length;
  return Array.from({ length: count }, (_, index) => {
    const of = (name: string): string => fields[`line_items[${index}]${name}`] ?? '';
    return {
      name: of('[price_data][product_data][name]') || of('[price]'),
      amount: Number(of('[price_data][unit_amount]')),
      quantity: Number(of('[quantity]')),
    };
  });
};

const isTooLittle = ({ mode, ...fields }: Fields): boolean =>
  mode === 'payment' && linesOf(fields).reduce((sum, { amount, quantity }) => sum + amount * quantity, 0) < leastAmount;

const metadataOf = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (name.startsWith('metadata[') ? [[name.slice(9, -1), value]] : [])));

const createSession = (store: StandInStore, fields: Fields, endpointUrl: string): StandInObject => {
  const id = store.newId('cs_local');
  const price = fields['line_items[0][price]'];
  store.put('sessions', {
    id,
    mode: fields['mode'] === 'subscription' ? 'subscription' : 'payment',
    customer: fields['customer'] ?? '',
    successUrl: fields['success_url'] ?? '',
    cancelUrl: fields['cancel_url'] ?? '',
    currency: fields['line_items[0][price_data][currency]'] ?? '',
    lines: linesOf(fields),
    ...(price !== undefined && { price }),
    metadata: metadataOf(fields),
    status: 'open',
  });
  return { id, object: 'checkout.session', url: `${endpointUrl}${standInPath}/checkout/${id}` };
};

const openPortal = (store: StandInStore, { customer: id = '', return_url: returnUrl = '' }: Fields, endpointUrl: string): StandInObject => {
  store.put('customers', { id, returnUrl });
  return { id: store.newId('bps_local'), object: 'billing_portal.session', url: `${endpointUrl}${standInPath}/portal/${id}` };
};

const createCustomer = (store: StandInStore): StandInObject => {
  const customer = { id: store.newId('cus_local'), object: 'customer' };
  store.put('customers', customer);
  return customer;
};

/** Answers what functions ask of Stripe's API. */
export const answerApi = (store: StandInStore, { method, path, fields, idempotencyKey }: ApiRequest, endpointUrl: string): ApiAnswer => {
  const { customer } = fields;
  if (customer !== undefined && store.find('customers', customer) === undefined) return refuse(400, 'resource_missing', 'customer');
  const made = (make: () => StandInObject): ApiAnswer => {
    const body = store.once(idempotencyKey, JSON.stringify([path, fields]), make);
    return body === undefined ? refuse(400, '', '', 'idempotency_error') : { status: 200, body };
  };
  if (method === 'POST' && path === '/v1/customers') return made(() => createCustomer(store));
  if (path === '/v1/checkout/sessions' && isTooLittle(fields)) return refuse(400, 'amount_too_small', '');
  if (method === 'POST' && path === '/v1/checkout/sessions') return made(() => createSession(store, fields, endpointUrl));
  if (method === 'POST' && path === '/v1/billing_portal/sessions') return made(() => openPortal(store, fields, endpointUrl));
  const [, kind, id = ''] = /^\/v1\/(payment_intents|subscriptions)\/(\w+)$/.exec(path) ?? [];
  const found = method === 'GET' && kind !== undefined ? store.find(kind as 'payment_intents' | 'subscriptions', id) : undefined;
  return found === undefined ? refuse(404, 'resource_missing', 'id') : { status: 200, body: found };
};
