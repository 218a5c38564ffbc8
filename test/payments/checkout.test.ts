import { Validator } from '@seriousme/openapi-schema-validator';
import { paymentsRoutes } from '../../contracts/payments.ts';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { PaymentsBackend } from './payments-backend.ts';

let backend: PaymentsBackend;
let seller: Person;
let anna: Person;
let ben: Person;
let mug: string;
beforeAll(async () => {
  backend = await PaymentsBackend.start();
  seller = await backend.person();
  mug = await backend.product(seller);
});
beforeEach(async () => {
  [anna, ben] = await Promise.all([backend.person(), backend.person()]);
  backend.stripe.seen.length = 0;
});
afterAll(() => backend?.stop());

const sessions = () => backend.stripe.seen.filter(({ path }) => path === '/v1/checkout/sessions');
const customersOf = (who: Person) => [...backend.stripe.customers.values()].filter(({ metadata }) => metadata.userId === who.id);

describe('POST /payments/checkout refuses, before Stripe is asked,', () => {
  const one = { id: 'x', quantity: 1 };
  const refusals: readonly [string, object, { status: number; code: string; pointers?: readonly string[] }][] = [
    [
      'WH12 an amount of the caller’s own',
      { items: [{ ...one, amount: 1 }] },
      { status: 400, code: 'unknown_field', pointers: ['/items/0/amount'] },
    ],
    ['WH12 a price of the caller’s own', { items: [{ ...one, price_data: {} }] }, { status: 400, code: 'unknown_field' }],
    [
      'WH12 a currency of the caller’s own',
      { items: [one], currency: 'usd' },
      { status: 400, code: 'unknown_field', pointers: ['/currency'] },
    ],
    ['WH12 a customer of the caller’s own', { items: [one], customer: 'cus_1' }, { status: 400, code: 'unknown_field' }],
    [
      'WH12 a negative quantity',
      { items: [{ id: 'x', quantity: -1 }] },
      { status: 400, code: 'validation_failed', pointers: ['/items/0/quantity'] },
    ],
    ['WH12 no quantity', { items: [{ id: 'x', quantity: 0 }] }, { status: 400, code: 'validation_failed' }],
    ['WH12 half of a product', { items: [{ id: 'x', quantity: 0.5 }] }, { status: 400, code: 'validation_failed' }],
    ['WH12 a quantity as a text', { items: [{ id: 'x', quantity: '1' }] }, { status: 400, code: 'validation_failed' }],
    [
      'more of a product than may be bought',
      { items: [{ id: 'x', quantity: 100 }] },
      { status: 400, code: 'validation_failed', pointers: ['/items/0/quantity'] },
    ],
    ['a product twice', { items: [one, one] }, { status: 400, code: 'validation_failed', pointers: ['/items/1/id'] }],
    ['nothing', {}, { status: 400, code: 'validation_failed' }],
    ['no items', { items: [] }, { status: 400, code: 'validation_failed', pointers: ['/items'] }],
    ['items and a plan', { items: [one], plan: 'pro' }, { status: 400, code: 'validation_failed', pointers: ['/plan'] }],
    [
      '41 products',
      { items: Array.from({ length: 41 }, (_, index) => ({ id: `${index}`, quantity: 1 })) },
      { status: 400, code: 'too_many_items' },
    ],
    [
      'AU17 another origin to come back to',
      { plan: 'pro', successPath: '//evil.example.com' },
      { status: 400, code: 'validation_failed', pointers: ['/successPath'] },
    ],
    [
      'AU17 another origin behind a backslash',
      { plan: 'pro', cancelPath: '/\\evil.example.com' },
      { status: 400, code: 'validation_failed' },
    ],
    [
      'AU17 a whole URL to come back to',
      { plan: 'pro', successPath: 'https://evil.example.com' },
      { status: 400, code: 'validation_failed' },
    ],
    ['AU17 a URL without slashes', { plan: 'pro', successPath: 'https:evil.example.com' }, { status: 400, code: 'validation_failed' }],
    ['AU17 more of the name of our host', { plan: 'pro', cancelPath: '.evil.example.com' }, { status: 400, code: 'validation_failed' }],
    ['WH12 a plan that is not for sale', { plan: 'toString' }, { status: 404, code: 'not_found', pointers: ['/plan'] }],
    ['WH12 a product that is none', { items: [one] }, { status: 404, code: 'not_found', pointers: ['/items/0/id'] }],
  ];
  it.each(refusals)('%s', async (_, body, expected) => {
    expectProblem(await backend.checkout(anna, body), expected as never);
    expect(backend.stripe.seen).toEqual([]);
    expect(await backend.items(`U#${anna.id}`)).toEqual([]);
  });

  it('a guest', async () => {
    expectProblem(await backend.checkout(undefined, { items: [{ id: mug, quantity: 1 }] }), { status: 401, code: 'unauthenticated' });
  });

  it('a key for repeats that is none', async () => {
    const answer = await backend.checkout(anna, { plan: 'pro' }, { 'idempotency-key': 'a b' });
    expectProblem(answer, { status: 400, code: 'invalid_idempotency_key' });
  });

  const hidden: readonly [string, object][] = [
    ['WH12 what is not published', { published: false }],
    ['WH12 what has no price', { priceCents: 0 }],
    ['WH12 what has a negative price', { priceCents: -500 }],
  ];
  it.each(hidden)('%s, with the same answer as what is not there', async (_, product) => {
    const id = await backend.product(seller, product);
    const answer = await backend.checkout(anna, {
      items: [
        { id: mug, quantity: 1 },
        { id, quantity: 1 },
      ],
    });
    const problem = expectProblem(answer, { status: 404, code: 'not_found', pointers: ['/items/1/id'] });
    const absent = await backend.checkout(anna, {
      items: [
        { id: mug, quantity: 1 },
        { id: crypto.randomUUID(), quantity: 1 },
      ],
    });
    expect(problem.detail).toBe((absent.json as { detail: string }).detail);
    expect(backend.stripe.seen).toEqual([]);
  });

  it('WH12 what only its owner may read, and its owner too while it is not for sale', async () => {
    const id = await backend.product(ben, { published: false });
    for (const who of [anna, ben]) {
      expectProblem(await backend.checkout(who, { items: [{ id, quantity: 1 }] }), { status: 404, code: 'not_found' });
    }
  });

  it('more than Stripe takes at a time', async () => {
    const id = await backend.product(seller, { priceCents: 90_000_000 });
    const answer = await backend.checkout(anna, { items: [{ id, quantity: 2 }] });
    expectProblem(answer, { status: 400, code: 'validation_failed', pointers: ['/items'] });
  });
});

describe('POST /payments/checkout', () => {
  it('WH12 asks for the prices of the server, in the name of the caller', async () => {
    const cap = await backend.product(seller, { title: 'Cap & more', priceCents: 900 });
    const items = [
      { id: mug, quantity: 2 },
      { id: cap, quantity: 1 },
    ];
    const { status, json } = await backend.checkout(anna, { items, reference: 'cart-7', successPath: '/orders/7?new=1' });
    expect({ status, json }).toEqual({
      status: 200,
      json: { id: expect.stringMatching(/^cs_test_/), url: `${backend.stripe.url}/c/pay/${json.id}` },
    });
    const [customer] = customersOf(anna);
    expect(backend.stripe.sessions.get(json.id)).toMatchObject({
      amount_total: 3_300,
      currency: 'eur',
      customer: customer?.['id'],
      client_reference_id: anna.id,
      success_url: 'https://shop.example.com/orders/7?new=1',
      cancel_url: 'https://shop.example.com/cart',
      metadata: { userId: anna.id, reference: 'cart-7', item0: `2 1200 ${mug}`, item1: `1 900 ${cap}` },
    });
    expect(sessions()[0]?.fields).toMatchObject({ 'line_items[1][price_data][product_data][name]': 'Cap & more' });
  });

  it('keeps the place that Stripe fills in where no path is chosen', async () => {
    await backend.begin(anna, { plan: 'pro' });
    expect(sessions()[0]?.fields['success_url']).toBe('https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}');
  });

  it('takes a plan at the price that Stripe has for it', async () => {
    const id = await backend.begin(anna, { plan: 'pro' });
    expect(backend.stripe.sessions.get(id)).toMatchObject({
      mode: 'subscription',
      price: 'price_pro',
      subscriptionMetadata: { userId: anna.id },
    });
  });

  it('makes one customer for a user, also of many checkouts at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => backend.begin(anna, { items: [{ id: mug, quantity: 1 }] })));
    await backend.begin(anna, { plan: 'pro' });
    expect(customersOf(anna)).toHaveLength(1);
    expect(new Set(ids).size).toBe(8);
    const [customer] = customersOf(anna);
    expect(await backend.items('C#')).toContainEqual(expect.objectContaining({ pk: `C#${customer?.['id']}`, userId: anna.id }));
  });

  it('makes another customer when Stripe does not know the first one any more', async () => {
    await backend.begin(anna, { plan: 'pro' });
    const [lost] = customersOf(anna);
    backend.stripe.customers.delete(lost?.['id']);
    const id = await backend.begin(anna, { plan: 'pro' });
    expect(backend.stripe.sessions.get(id)?.['customer']).not.toBe(lost?.['id']);
    expect(customersOf(anna)).toHaveLength(1);
  });

  it('gives the same checkout to the same request with the same key, and refuses another one', async () => {
    const headers = { 'idempotency-key': 'k'.repeat(255) };
    const body = { items: [{ id: mug, quantity: 1 }] };
    const [first, second] = [await backend.checkout(anna, body, headers), await backend.checkout(anna, body, headers)];
    expect(second.json).toEqual(first.json);
    const other = await backend.checkout(anna, { items: [{ id: mug, quantity: 2 }] }, headers);
    expectProblem(other, { status: 422, code: 'idempotency_mismatch' });
    expect((await backend.checkout(ben, body, headers)).json.id).not.toBe(first.json.id);
  });

  it('costs one request for the customer and one for all products', async () => {
    await backend.begin(anna, { plan: 'pro' });
    backend.local.resetCounts();
    await backend.begin(anna, { items: [{ id: mug, quantity: 1 }] });
    const calls = Object.entries(backend.local.counts()).filter(([name]) => name.startsWith('dynamodb:'));
    expect(Object.fromEntries(calls.map(([name, { requests }]) => [name, requests]))).toMatchObject({
      'dynamodb:BatchGetItem': 1,
      'dynamodb:GetItem': 1,
    });
  });
});

describe('The OpenAPI document', () => {
  it('has each route of payments, with its bodies', async () => {
    const document = await backend.done(undefined, { path: '/openapi.json' });
    const validated = await new Validator().validate(document);
    expect(validated.errors ?? []).toEqual([]);
    for (const { method, path } of Object.values(paymentsRoutes)) expect(document.paths[path]).toHaveProperty(method.toLowerCase());
  });
});

describe('POST /payments/portal', () => {
  const portal = (who: Person | undefined, body?: object) =>
    backend.call(who, { method: 'POST', path: '/payments/portal', ...(body && { body }) });

  it('refuses a guest, a user without purchases, and another origin', async () => {
    expectProblem(await portal(undefined), { status: 401, code: 'unauthenticated' });
    expectProblem(await portal(anna), { status: 404, code: 'not_found' });
    expectProblem(await portal(anna, { returnPath: '//evil.example.com' }), { status: 400, code: 'validation_failed' });
    expectProblem(await portal(anna, { customer: 'cus_1' }), { status: 400, code: 'unknown_field' });
    expect(backend.stripe.seen).toEqual([]);
  });

  it('opens the portal of the caller', async () => {
    await backend.begin(anna, { plan: 'pro' });
    expect(await portal(anna, { returnPath: '/account' })).toMatchObject({
      status: 200,
      json: { url: expect.stringContaining('/p/session/') },
    });
    const asked = backend.stripe.seen.at(-1)?.fields;
    expect(asked).toEqual({ customer: customersOf(anna)[0]?.['id'], return_url: 'https://shop.example.com/account' });
  });
});
