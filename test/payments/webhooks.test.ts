import type { Person } from '../data/relations-backend.ts';
import { callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from '../support/until.ts';
import { type Body, PaymentsBackend, testKeys } from './payments-backend.ts';
import type { StripeObject } from './stripe-stand-in.ts';

let backend: PaymentsBackend;
let seller: Person;
let anna: Person;
let mug: string;
beforeAll(async () => {
  backend = await PaymentsBackend.start();
  seller = await backend.person();
  mug = await backend.product(seller);
});
let hook: string;
beforeEach(async () => {
  hook = `${backend.local.apiUrl}/payments/webhook`;
  backend.stripe.webhookUrl = hook;
  backend.stripe.delay = undefined;
  anna = await backend.person();
});
afterAll(() => backend?.stop());

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const begin = () => backend.begin(anna, { items: [{ id: mug, quantity: 2 }], reference: 'cart-7' });
/** Events that are made, but not sent. */
const silently = async <T>(act: () => Promise<T>): Promise<T> => {
  backend.stripe.webhookUrl = undefined;
  const result = await act();
  backend.stripe.webhookUrl = hook;
  return result;
};
const post = (body: string, headers: Readonly<Record<string, string>>) =>
  callApi(backend.local.apiUrl, { method: 'POST', path: '/payments/webhook', body, headers });
const messages = async (): Promise<number> => {
  const counts = backend.local.counts();
  return counts['sqs:SendMessage']?.requests ?? 0;
};
const types = async (who = anna): Promise<readonly string[]> => (await backend.told(who.id)).map(({ type }) => type).sort();
const payments = async (who = anna): Promise<readonly Body[]> => (await backend.own(who)).payments.items;
/** Until nothing is on its way any more: the event is about the last thing that was sent. */
const settled = (look: () => Promise<readonly unknown[]>, count: number) => until(look, (seen) => seen.length === count);
const quiet = (ms = 700) => new Promise((resolve) => setTimeout(resolve, ms));

describe('POST /payments/webhook refuses, and keeps nothing of,', () => {
  const event = () => backend.stripe.event('payment_intent.succeeded', { id: 'pi_1', object: 'payment_intent' });
  const refusals: readonly [
    string,
    (body: string) => Record<string, string>,
    { status: number; code: string },
    ((body: string) => string)?,
  ][] = [
    ['WH01 no signature', () => ({}), { status: 401, code: 'invalid_signature' }],
    ['WH01 an empty signature', () => ({ 'stripe-signature': '' }), { status: 401, code: 'invalid_signature' }],
    ['WH01 no JSON without a signature: it is not parsed', () => ({}), { status: 401, code: 'invalid_signature' }, () => '{{{'],
    [
      'WH02 another secret',
      (body) => ({ 'stripe-signature': backend.stripe.sign(body, { secret: 'whsec_x' }) }),
      { status: 401, code: 'invalid_signature' },
    ],
    [
      'WH02 a changed body',
      (body) => ({ 'stripe-signature': backend.stripe.sign(body) }),
      { status: 401, code: 'invalid_signature' },
      (body) => `${body} `,
    ],
    [
      'WH04 a signature 301 s old',
      (body) => ({ 'stripe-signature': backend.stripe.sign(body, { timestamp: nowSeconds() - 302 }) }),
      { status: 400, code: 'stale_signature' },
    ],
    [
      'WH04 a signature 301 s ahead',
      (body) => ({ 'stripe-signature': backend.stripe.sign(body, { timestamp: nowSeconds() + 302 }) }),
      { status: 400, code: 'stale_signature' },
    ],
    [
      'WH04 a time that is no number',
      (body) => ({ 'stripe-signature': backend.stripe.sign(body).replace(/t=\d+/, 't=now') }),
      { status: 400, code: 'stale_signature' },
    ],
  ];
  it.each(refusals)('%s', async (_, headersFor, expected, change = (body) => body) => {
    backend.local.resetCounts();
    const body = JSON.stringify(event());
    expectProblem(await post(change(body), headersFor(body)), expected as never);
    expect(await messages()).toBe(0);
  });

  it('what is signed and no JSON', async () => {
    expectProblem(await post('{"id"', { 'stripe-signature': backend.stripe.sign('{"id"') }), { status: 400, code: 'invalid_json' });
  });
});

describe('POST /payments/webhook answers 200 to, and ignores,', () => {
  const ignored: readonly [string, (intent: StripeObject) => StripeObject][] = [
    ['WH09 an unknown type', (intent) => backend.stripe.event('payment_intent.telepathy', intent)],
    ['WH09 the name of a method as a type', (intent) => backend.stripe.event('toString', intent)],
    ['WH09 an event of another form', () => backend.stripe.event('payment_intent.succeeded', {}, { data: { related_object: 'pi_1' } })],
    ['WH09 no type', (intent) => backend.stripe.event('x', intent, { type: 7 })],
    ['WH11 an event of the live mode', (intent) => backend.stripe.event('payment_intent.succeeded', intent, { livemode: true })],
    ['WH11 an event of no mode', (intent) => backend.stripe.event('payment_intent.succeeded', intent, { livemode: 'false' })],
  ];
  it.each(ignored)('%s', async (_, eventOf) => {
    const session = await begin();
    const intent = await silently(() => backend.stripe.pay(session));
    backend.local.resetCounts();
    const answer = await backend.stripe.deliver(eventOf(intent));
    expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
    expect(await messages()).toBe(0);
    expect(await payments()).toEqual([]);
  });

  it('a payment that Stripe does not know, with a word in the log that the key may be of another account', async () => {
    const intent = { id: 'pi_elsewhere', object: 'payment_intent', status: 'succeeded' };
    expect((await backend.stripe.deliver(backend.stripe.event('payment_intent.succeeded', intent))).status).toBe(200);
    await quiet();
    expect(await backend.items('P#pi_elsewhere')).toEqual([]);
    const logs = await (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text();
    expect(logs).toContain('see whether the key of the secret is of the account that tells');
  });

  it('payments of others who use the same account of Stripe', async () => {
    const intent = {
      id: 'pi_other',
      object: 'payment_intent',
      status: 'succeeded',
      amount: 1,
      currency: 'eur',
      customer: 'cus_other',
      created: 1,
      latest_charge: null,
    };
    backend.stripe.intents.set('pi_other', intent);
    expect((await backend.stripe.deliver(backend.stripe.event('payment_intent.succeeded', intent))).status).toBe(200);
    await quiet();
    expect(await backend.items('P#pi_other')).toEqual([]);
  });
});

describe('A payment', () => {
  it('is the user’s, with what was bought, and is told once', async () => {
    const intent = await backend.stripe.pay(await begin());
    const [payment] = await settled(payments, 1);
    expect(payment).toEqual({
      id: intent['id'],
      status: 'succeeded',
      amount: 2_400,
      currency: 'eur',
      refundedAmount: 0,
      items: [{ id: mug, quantity: 2, amount: 1_200 }],
      reference: 'cart-7',
      createdAt: new Date(intent['created'] * 1_000).toISOString(),
    });
    expect(await backend.told(anna.id)).toEqual([
      expect.objectContaining({ type: 'payment.succeeded', actor: anna.id, data: { ...(payment as object), userId: anna.id } }),
    ]);
    expect(await payments(await backend.person())).toEqual([]);
    await until(
      async () => JSON.stringify(((await backend.local.dump()) as Body).events),
      (bus) => bus.includes(intent['id']),
    );
  });

  it('WH07 is applied once, however often and at the same time its event comes', async () => {
    const intent = await silently(async () => backend.stripe.pay(await begin()));
    const event = backend.stripe.event('payment_intent.succeeded', intent);
    const answers = await Promise.all(Array.from({ length: 12 }, () => backend.stripe.deliver(event)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    await settled(payments, 1);
    await backend.stripe.deliver(event);
    await quiet();
    expect(await types()).toEqual(['payment.succeeded']);
    expect(await backend.items(`E#${event['id']}`)).toHaveLength(1);
    expect(await backend.items(`P#${intent['id']}`)).toEqual([expect.objectContaining({ revision: 1 })]);
  });

  it('WH07 that was refused is told once for each refusal, however often its events come', async () => {
    const session = await begin();
    const events = await silently(async () => {
      const refused = await backend.stripe.decline(session);
      const first = backend.stripe.event('payment_intent.payment_failed', refused);
      return [first, backend.stripe.event('payment_intent.payment_failed', await backend.stripe.decline(session))];
    });
    await Promise.all([...events, ...events, ...events].map((event) => backend.stripe.deliver(event)));
    await until(
      () => types(),
      (told) => told.length === 2,
    );
    for (const event of events) await backend.stripe.deliver(event);
    await quiet();
    expect(await types()).toEqual(['payment.failed', 'payment.failed']);
    expect(await backend.items(`P#${events[0]?.['data'].object.id}`)).toEqual([expect.objectContaining({ revision: 2 })]);
  });

  it('is taken with names in its metadata that no body of a stranger may have', async () => {
    const intent = await silently(async () => backend.stripe.pay(await begin()));
    const event = backend.stripe.event('payment_intent.succeeded', { ...intent, metadata: { constructor: 'a', prototype: 'b' } });
    expect((await backend.stripe.deliver(event)).status).toBe(200);
    await settled(payments, 1);
  });

  it('WH06 is taken by the secret of before a rotation, too', async () => {
    const intent = await silently(async () => backend.stripe.pay(await begin()));
    const event = backend.stripe.event('payment_intent.succeeded', intent);
    expect((await backend.stripe.deliver(event, { secret: testKeys.webhookSecrets[1] })).status).toBe(200);
    await settled(payments, 1);
  });

  it('WH09 is read in our version of the API, whatever version its event has', async () => {
    const intent = await silently(async () => backend.stripe.pay(await begin()));
    const event = backend.stripe.event(
      'payment_intent.succeeded',
      { id: intent['id'], total: '24 euros' },
      { api_version: '2031-01-01.zinnia' },
    );
    expect((await backend.stripe.deliver(event)).status).toBe(200);
    expect(await settled(payments, 1)).toEqual([expect.objectContaining({ amount: 2_400, status: 'succeeded' })]);
  });

  it('that was refused is told, and then paid', async () => {
    const session = await begin();
    await backend.stripe.decline(session);
    expect(await settled(payments, 1)).toEqual([expect.objectContaining({ status: 'failed', failure: 'insufficient_funds' })]);
    await backend.stripe.pay(session);
    const [paid] = await until(
      () => payments(),
      ([payment]) => payment?.status === 'succeeded',
    );
    expect(paid).not.toHaveProperty('failure');
    expect(await types()).toEqual(['payment.failed', 'payment.succeeded']);
  });

  it('WH08 stays paid when the event of an earlier refusal comes last', async () => {
    const session = await begin();
    const [failed, paid] = await silently(async () => {
      const refused = await backend.stripe.decline(session);
      const before = backend.stripe.event('payment_intent.payment_failed', refused);
      return [before, backend.stripe.event('payment_intent.succeeded', await backend.stripe.pay(session))] as const;
    });
    await backend.stripe.deliver(paid);
    await settled(payments, 1);
    await backend.stripe.deliver(failed);
    await quiet();
    expect(await payments()).toEqual([expect.objectContaining({ status: 'succeeded' })]);
    expect(await types()).toEqual(['payment.succeeded']);
  });

  it('that is refunded in parts is told for each part; a refund before its payment tells both', async () => {
    const intent = await silently(async () => backend.stripe.pay(await begin()));
    await backend.stripe.refund(intent['id'], 400);
    await settled(payments, 1);
    await backend.stripe.deliver(backend.stripe.event('payment_intent.succeeded', intent));
    await backend.stripe.refund(intent['id'], 600);
    await until(
      () => payments(),
      ([payment]) => payment?.refundedAmount === 1_000,
    );
    expect(await types()).toEqual(['payment.refunded', 'payment.refunded', 'payment.succeeded']);
    const refunds = (await backend.told(anna.id))
      .filter(({ type }) => type === 'payment.refunded')
      .map(({ data }) => data.newlyRefundedAmount);
    expect(refunds.sort()).toEqual([400, 600]);
  });
});

describe('A dispute', () => {
  const disputed = async (count: number): Promise<readonly Body[]> => {
    const told = await until(
      async () => (await backend.told(anna.id)).filter(({ type }) => type.startsWith('payment.dispute')),
      (events) => events.length >= count,
    );
    return told.map(({ type, data }) => [type, data.id, data.dispute.id, data.dispute.status]).sort();
  };
  const disputesOf = async () => (await payments())[0]?.disputes;
  const paid = async (): Promise<string> => {
    const { id } = await backend.stripe.pay(await begin());
    await settled(payments, 1);
    return id;
  };

  it('of no payment of ours, or that Stripe does not know, changes nothing', async () => {
    await paid();
    const before = await payments();
    await backend.stripe.dispute('pi_of_others');
    await backend.stripe.tell('charge.dispute.created', { id: 'du_unknown', object: 'dispute' });
    await backend.stripe.tell('charge.dispute.created', { id: '../v1/charges', object: 'dispute' });
    await quiet();
    expect(await payments()).toEqual(before);
    expect(await types()).toEqual(['payment.succeeded']);
  });

  it('is told when it begins and when it ends, once each, and is kept with the payment', async () => {
    const intent = await paid();
    const { id } = await backend.stripe.dispute(intent);
    expect(await disputed(1)).toEqual([['payment.disputed', intent, id, 'needs_response']]);
    await backend.stripe.changeDispute(id, 'under_review');
    await until(disputesOf, (disputes) => disputes?.[0]?.status === 'under_review');
    await backend.stripe.changeDispute(id, 'lost');
    const both = [
      ['payment.disputeClosed', intent, id, 'lost'],
      ['payment.disputed', intent, id, 'needs_response'],
    ];
    expect(await disputed(2)).toEqual(both);
    // All of it comes again, in another order.
    for (const event of backend.stripe.events.filter(({ type }) => type.startsWith('charge.dispute')).reverse())
      await backend.stripe.deliver(event);
    await backend.stripe.refund(intent, 100);
    await until(payments, ([payment]) => payment?.refundedAmount === 100);
    await quiet();
    expect(await disputed(2)).toEqual(both);
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(await disputesOf()).toEqual([{ id, status: 'lost', reason: 'fraudulent', amount: 1_000, currency: 'usd', createdAt }]);
  });

  it('whose end comes first tells its beginning, too; another one of the same payment is its own', async () => {
    const intent = await paid();
    const one = await silently(() => backend.stripe.dispute(intent));
    await backend.stripe.changeDispute(one['id'], 'won');
    await disputed(2);
    await backend.stripe.deliver(backend.stripe.event('charge.dispute.created', one));
    const two = await backend.stripe.dispute(intent, { amount: 300, reason: 'duplicate' });
    expect(await disputed(3)).toEqual(
      [
        ['payment.disputeClosed', intent, one['id'], 'won'],
        ['payment.disputed', intent, one['id'], 'won'],
        ['payment.disputed', intent, two['id'], 'needs_response'],
      ].sort(),
    );
    await quiet();
    expect((await disputesOf())?.map(({ id, amount }: Body) => [id, amount])).toEqual([
      [one['id'], 1_000],
      [two['id'], 300],
    ]);
  });
});

describe('A subscription', () => {
  const plan = async () => backend.stripe.pay(await backend.begin(anna, { plan: 'pro' }));
  const subscriptions = async (): Promise<readonly Body[]> => (await backend.own(anna)).subscriptions;

  it('is ended at Stripe when the account is deleted', async () => {
    const { id } = await plan();
    await settled(subscriptions, 1);
    const deletion = { method: 'DELETE', path: '/auth/me', body: { password: 'correct-horse-1' } };
    expect((await backend.call(anna, deletion)).status).toBe(204);
    const path = `/v1/subscriptions/${id}`;
    await until(
      async () => backend.stripe.seen.filter((request) => request.method === 'DELETE' && request.path === path),
      ({ length }) => length > 0,
    );
  });

  it('begins, changes and ends', async () => {
    const { id } = await plan();
    expect(await settled(subscriptions, 1)).toEqual([
      { id, plan: 'pro', status: 'active', cancelAtPeriodEnd: false, currentPeriodEnd: expect.any(String), createdAt: expect.any(String) },
    ]);
    await backend.stripe.updateSubscription(id, { cancel_at_period_end: true });
    await until(subscriptions, ([one]) => one?.cancelAtPeriodEnd === true);
    await backend.stripe.updateSubscription(id, { status: 'canceled' });
    await until(subscriptions, ([one]) => one?.status === 'canceled');
    expect(await types()).toEqual(['subscription.canceled', 'subscription.created', 'subscription.updated']);
  });

  it('WH08 has the right state in the end when its events come in reverse order, and never an older one', async () => {
    const events = await silently(async () => {
      const subscription = await plan();
      const created = backend.stripe.event('customer.subscription.created', subscription);
      await backend.stripe.updateSubscription(subscription['id'], { status: 'past_due' });
      const updated = backend.stripe.event('customer.subscription.updated', subscription);
      await backend.stripe.updateSubscription(subscription['id'], { status: 'canceled' });
      return [backend.stripe.event('customer.subscription.deleted', subscription), updated, created];
    });
    for (const event of events) {
      await backend.stripe.deliver(event);
      await settled(subscriptions, 1);
      expect(await subscriptions()).toEqual([expect.objectContaining({ status: 'canceled' })]);
    }
    await quiet();
    expect(await types()).toEqual(['subscription.canceled']);
  });

  it('WH08 is not set back by an answer of Stripe that was slow', async () => {
    const { id } = await plan();
    await settled(subscriptions, 1);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let slow = 0;
    backend.stripe.delay = async ({ path }) => {
      if (!path.includes(id) || slow > 0) return;
      slow += 1;
      await held;
    };
    // The first event is answered with `past_due` much later than the second with `active`.
    await backend.stripe.updateSubscription(id, { status: 'past_due' });
    await until(
      async () => slow,
      (count) => count === 1,
    );
    await backend.stripe.updateSubscription(id, { status: 'active', cancel_at_period_end: true });
    await until(subscriptions, ([one]) => one?.cancelAtPeriodEnd === true);
    release();
    await quiet();
    expect(await subscriptions()).toEqual([expect.objectContaining({ status: 'active', cancelAtPeriodEnd: true })]);
  });
});

describe('Lists of payments', () => {
  it('go in pages, newest first; cursors are good for their caller only', async () => {
    const ben = await backend.person();
    const bought = [];
    for (let index = 0; index < 3; index += 1) bought.push((await backend.stripe.pay(await begin()))['id']);
    await settled(payments, 3);
    const first = await backend.done(anna, { path: '/payments/me?limit=2' });
    const second = await backend.done(anna, { path: `/payments/me?limit=2&cursor=${first.payments.cursor}` });
    const seen = [...first.payments.items, ...second.payments.items];
    expect(seen.map(({ id }: Body) => id).sort()).toEqual([...bought].sort());
    expect(second.payments).not.toHaveProperty('cursor');
    expectProblem(await backend.call(ben, { path: `/payments/me?cursor=${first.payments.cursor}` }), {
      status: 400,
      code: 'invalid_cursor',
    });
    expectProblem(await backend.call(anna, { path: '/payments/me?user=x' }), { status: 400, code: 'unknown_field' });
  });

  it('of a day are for admins', async () => {
    expectProblem(await backend.call(undefined, { path: '/payments/me' }), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call(anna, { path: '/payments' }), { status: 403, code: 'forbidden' });
    const admin = await backend.person('admins');
    const intent = await backend.stripe.pay(await begin());
    await settled(payments, 1);
    const { items } = await backend.done(admin, { path: '/payments?limit=100' });
    expect(items).toContainEqual(expect.objectContaining({ id: intent['id'], userId: anna.id }));
    expectProblem(await backend.call(admin, { path: '/payments?day=2026-02-30' }), { status: 400, code: 'validation_failed' });
    expect(await backend.done(admin, { path: '/payments?day=2001-01-01' })).toEqual({ items: [] });
  });
});
