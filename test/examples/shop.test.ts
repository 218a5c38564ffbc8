import { setTimeout as pause } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { createClient, type PlinthClient } from '../../client/client.ts';
import { type BackendEvent, eventSource } from '../../contracts/events.ts';
import { outputs } from '../../contracts/outputs.ts';
import type { backend as definition } from '../../examples/shop/backend.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { StripeStandIn } from '../payments/stripe-stand-in.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';

const dayMs = 24 * 3_600_000;
/** When the report is due: two o'clock, UTC. */
const reportMs = 2 * 3_600_000;

type Shop = PlinthClient<typeof definition>;

let local: LocalBackend;
let stripe: StripeStandIn;
let receiver: Receiver;
let secret: string;
let [ann, bob, admin]: Person[] = [];
const lines: string[] = [];
const ids = { mug: '', lamp: '', draft: '' };

const shopOf = (person: Person | undefined): Shop =>
  createClient<typeof definition>({ url: local.apiUrl, accessToken: () => person?.token, retries: 0 });

const storeSecret = async (): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials } = local;
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  await client.send(new CreateSecretCommand({ Name: 'shop/stripe', SecretString: stripe.secret }));
  client.destroy();
};

/** What was told on the bus, newest first. */
const lastEvents = async (type: string): Promise<readonly BackendEvent[]> => {
  const shown = (await (await fetch(`${local.endpointUrl}/_plinth/events?limit=200`)).json()) as readonly {
    readonly detail: BackendEvent;
  }[];
  return shown.map(({ detail }) => detail).filter((event) => event.type === type);
};

const putEvent = async (event: BackendEvent): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials } = local;
  const client = new EventBridgeClient({ endpoint, region, credentials });
  const entry = { Source: eventSource, DetailType: event.type, Detail: JSON.stringify(event) };
  await client.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: local.outputs[outputs.eventBusName] }] }));
  client.destroy();
};

const fillShelves = async (): Promise<void> => {
  const { Product } = shopOf(admin).data;
  ids.mug = (await Product.create({ title: 'Mug <blue>', priceCents: 1_200, stock: 10, published: true })).id;
  ids.lamp = (await Product.create({ title: 'Lamp', priceCents: 4_950, stock: 3, published: true })).id;
  ids.draft = (await Product.create({ title: 'Draft', priceCents: 1, stock: 5 })).id;
};

beforeAll(async () => {
  const assembly = cachedAssembly({ app: 'examples/shop/app.ts', sources: ['examples/shop'] });
  [stripe, receiver] = await Promise.all([StripeStandIn.start(), startReceiver()]);
  const write = (_source: string, text: string): void => {
    lines.push(text);
  };
  local = await startLocal({
    assembly,
    environment: { PAYMENTS_API_URL: stripe.url },
    log: { info: write, warn: write, error: write },
  });
  stripe.webhookUrl = `${local.apiUrl}/payments/webhook`;
  stripe.now = () => local.clock.now();
  [ann, bob, admin] = await Promise.all([newPerson(local), newPerson(local), newPerson(local, ['admins'])]);
  await Promise.all([storeSecret(), fillShelves()]);
  const endpoint = await shopOf(admin).admin.webhooks.create({ url: `${receiver.url}/orders`, events: ['order.placed'] });
  secret = endpoint.secret;
});
afterAll(async () => {
  await local?.dispose();
  await stripe?.stop();
  await receiver?.close();
});

const stockOf = async (id: string): Promise<number> => (await shopOf(admin).data.Product.read(id)).stock;
const ordersOf = async (person: Person | undefined) => (await shopOf(person).data.Order.list()).items;
const cartOf = async (person: Person | undefined) => (await shopOf(person).data.CartItem.list()).items;
const receiptsOf = (person: Person | undefined) =>
  local.inbox.list(person?.email).filter(({ subject }) => subject?.startsWith('Your order'));

/** Puts products into the cart, and begins the checkout of what is in it. */
const checkOut = async (person: Person | undefined, quantities: Readonly<Record<string, number>>): Promise<string> => {
  const { data, payments } = shopOf(person);
  for (const [productId, quantity] of Object.entries(quantities)) await data.CartItem.create({ productId, quantity });
  const { items } = await data.CartItem.list();
  return (await payments.checkout({ items: items.map(({ productId, quantity }) => ({ id: productId, quantity })) })).id;
};

/** Waits until the webhook has told of so many orders; all else of an order has happened then. */
const told = (count: number) =>
  until(
    async () => receiver.of('/orders'),
    (seen) => seen.length >= count,
    60_000,
  );

describe('examples/shop', () => {
  it.each([
    ['a price of the buyer’s own', () => [{ id: ids.mug, quantity: 1, amount: 1 }], 'unknown_field'],
    ['a product that is not there', () => [{ id: 'nothing', quantity: 1 }], 'not_found'],
    ['a product that is not published', () => [{ id: ids.draft, quantity: 1 }], 'not_found'],
    ['less than nothing', () => [{ id: ids.mug, quantity: -1 }], 'validation_failed'],
  ])('refuses a checkout of %s, and asks nothing of Stripe', async (_, items, code) => {
    await expect(shopOf(ann).payments.checkout({ items: items() })).rejects.toMatchObject({ code });
    expect(stripe.seen).toEqual([]);
  });

  it('keeps out of the cart what is not for sale or not there', async () => {
    const { CartItem } = shopOf(ann).data;
    await expect(CartItem.create({ productId: ids.draft, quantity: 1 })).rejects.toMatchObject({ reason: 'not_for_sale', status: 422 });
    await expect(CartItem.create({ productId: '../x', quantity: 1 })).rejects.toMatchObject({ reason: 'not_for_sale' });
    await expect(CartItem.create({ productId: ids.lamp, quantity: 4 })).rejects.toMatchObject({ reason: 'out_of_stock', status: 409 });
    expect(await cartOf(ann)).toEqual([]);
  });

  it('lets nobody place an order but by paying', async () => {
    const order = { items: [], totalCents: 0, currency: 'eur', day: '2026-11-24' };
    for (const person of [ann, admin]) await expect(shopOf(person).data.Order.create(order)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('makes no order of a payment that was declined', async () => {
    await stripe.decline(await checkOut(bob, { [ids.mug]: 1 }));
    const { payments } = await until(
      () => shopOf(bob).payments.me(),
      (own) => own.payments.items.length > 0,
    );
    expect(payments.items).toMatchObject([{ status: 'failed', amount: 1_200 }]);
    expect([await ordersOf(bob), receiptsOf(bob), await stockOf(ids.mug)]).toEqual([[], [], 10]);
    expect(await cartOf(bob)).toHaveLength(1);
  });

  it('turns a payment into an order, a receipt and a signed webhook, and empties the cart', async () => {
    const intent = await stripe.pay(await checkOut(ann, { [ids.mug]: 2, [ids.lamp]: 1 }));
    const [request] = await told(1);
    const orders = await ordersOf(ann);
    expect(orders).toMatchObject([{ id: intent['id'], owner: ann?.id, totalCents: 7_350, currency: 'eur' }]);
    expect(orders[0]?.items).toEqual(
      expect.arrayContaining([
        { productId: ids.mug, title: 'Mug <blue>', quantity: 2, priceCents: 1_200 },
        { productId: ids.lamp, title: 'Lamp', quantity: 1, priceCents: 4_950 },
      ]),
    );
    expect([await stockOf(ids.mug), await stockOf(ids.lamp)]).toEqual([8, 2]);
    await until(
      () => cartOf(ann),
      (items) => items.length === 0,
    );
    await until(
      async () => receiptsOf(ann),
      (mails) => mails.length > 0,
    );
    expect(receiptsOf(ann)).toMatchObject([{ to: ann?.email, subject: `Your order ${intent['id']}` }]);
    expect(receiptsOf(ann)[0]?.html).toMatch(/2 × Mug &lt;blue&gt;: 24\.00 EUR[\s\S]*73\.50 EUR/);
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toMatchObject({
      type: 'order.placed',
      data: { orderId: intent['id'], owner: ann?.id, totalCents: 7_350, currency: 'eur' },
    });
    expect(await ordersOf(bob)).toEqual([]);
  });

  it('does nothing again when Stripe tells of the payment again', async () => {
    const first = stripe.events.find(({ type }) => type === 'payment_intent.succeeded') ?? {};
    const answers = await Promise.all([stripe.deliver(first), stripe.deliver(first)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await stripe.tell('payment_intent.succeeded', first['data'].object);
    // Another order, which comes behind all that.
    await stripe.pay(await checkOut(bob, {}));
    expect(await told(2)).toHaveLength(2);
    expect((await ordersOf(ann)).length).toBe(1);
    expect((await ordersOf(bob)).length).toBe(1);
    expect([await stockOf(ids.mug), await stockOf(ids.lamp)]).toEqual([7, 2]);
    await until(
      async () => receiptsOf(bob),
      (mails) => mails.length > 0,
    );
    expect([receiptsOf(ann), receiptsOf(bob)].map((mails) => mails.length)).toEqual([1, 1]);
  });

  it('can place an order again that a run before has placed: nothing is sold twice, and what is put into the cart later stays', async () => {
    const { CartItem } = shopOf(bob).data;
    const [event] = (await lastEvents('payment.succeeded')).filter(({ actor }) => actor === bob?.id);
    const { createdAt } = await CartItem.create({ productId: ids.lamp, quantity: 1 });
    const time = new Date(Date.parse(createdAt) + 1).toISOString();
    await pause(5);
    const later = await CartItem.create({ productId: ids.mug, quantity: 1 });
    // Under an id that no run remembers.
    await putEvent({ ...(event as BackendEvent), id: crypto.randomUUID(), time });
    const left = await until(
      () => cartOf(bob),
      (items) => items.length < 2,
    );
    expect(left).toEqual([later]);
    expect([await stockOf(ids.mug), await stockOf(ids.lamp)]).toEqual([7, 2]);
    expect([(await ordersOf(bob)).length, receiptsOf(bob).length]).toEqual([1, 1]);
  });

  it('tells admins, and nobody else, what was sold on a day', async () => {
    const [{ day } = { day: '' }] = await ordersOf(ann);
    await expect(shopOf(undefined).functions.salesOf({ day })).rejects.toMatchObject({ status: 401 });
    await expect(shopOf(ann).functions.salesOf({ day })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(shopOf(admin).functions.salesOf({ day: 'today' })).rejects.toMatchObject({ status: 400 });
    expect(await shopOf(admin).functions.salesOf({ day })).toEqual({ day, orders: 2, revenueCents: 8_550 });
  });

  it('reports by night, once, what was sold the day before', async () => {
    const [{ day } = { day: '' }] = await ordersOf(ann);
    const dayAt = (days: number): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
    const reports = (of: string): readonly object[] =>
      lines
        .flatMap((line) => /daily report (\{[^}]*\})/.exec(line)?.[1] ?? [])
        .map((text) => JSON.parse(text))
        .filter((report) => report.day === of);
    expect(reports(day)).toEqual([]);
    // One night after the other, from the one before the orders if the test runs so early; the last comes behind all of the others.
    for (const date of [dayAt(-1), day, dayAt(1)]) {
      const dueAt = Date.parse(date) + dayMs + reportMs;
      if (dueAt < local.clock.now()) continue;
      local.clock.set(dueAt + 1_000);
      await until(
        async () => reports(date),
        (seen) => seen.length > 0,
        60_000,
      );
    }
    expect(reports(day)).toEqual([{ day, orders: 2, revenueCents: 8_550 }]);
    expect(reports(dayAt(1))).toEqual([{ day: dayAt(1), orders: 0, revenueCents: 0 }]);
    expect(receiver.of('/orders')).toHaveLength(2);
  });

  it('is denied nothing', () => {
    expect(local.accessReport().denied).toEqual([]);
  });
});
