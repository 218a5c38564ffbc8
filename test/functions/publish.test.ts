import { eventLimits } from '../../contracts/events.ts';
import type { Person } from '../data/relations-backend.ts';
import { ServiceProxy } from '../reliability/service-proxy.ts';
import { type Body, FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let proxy: ServiceProxy;
let ann: Person;

beforeAll(async () => {
  proxy = await ServiceProxy.start();
  backend = await FunctionsBackend.start('publish-app', { environment: { AWS_ENDPOINT_URL_EVENTBRIDGE: proxy.url } });
  proxy.target = backend.local.endpointUrl;
  ann = await backend.person('admins');
});
afterAll(async () => {
  await backend.stop();
  await proxy.stop();
});
afterEach(() => {
  proxy.fault = () => undefined;
});

const newOrder = (): string => crypto.randomUUID();
const shipped = (orderId: string, key?: unknown) => ({ type: 'order.shipped', data: { orderId }, ...(key !== undefined && { key }) });
const tell = async (events: readonly object[], { by = 'tell', together = false } = {}): Promise<Body> =>
  (await backend.run(ann, by, { events, together })).json.fault;
/** What was heard of an order: `order.shipped 1 as <id>`. */
const heard = (orderId: string): readonly string[] =>
  backend.lines.flatMap(({ text }) => /effect (\S+ .* as \S+)/.exec(text)?.[1] ?? []).filter((line) => line.includes(` ${orderId} `));
const untilHeard = (orderId: string, times = 1): Promise<readonly string[]> =>
  backend.until(() => (heard(orderId).length >= times ? heard(orderId) : undefined));
/** Whatever was told before it has been heard then, too, but for what comes late. */
const nothingMore = async (): Promise<void> => {
  const last = newOrder();
  await tell([shipped(last)]);
  await untilHeard(last);
  await new Promise((resolve) => setTimeout(resolve, 500));
};

describe('ctx.events refuses', () => {
  it.each([
    ['a key that is empty', [shipped('a', '')], '/key'],
    ['a key that is no text', [shipped('a', 7)], '/key'],
  ])('%s', async (_, events, pointer) => {
    expect(await tell(events)).toMatchObject({ errors: [{ pointer }] });
  });

  it('a list of which one event breaks its schema, and tells none', async () => {
    const orderId = newOrder();
    const fault = await tell([shipped(orderId), shipped(orderId), { type: 'order.shipped', data: { orderId: 7 } }], { together: true });
    expect(fault).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/2/data/orderId' }] });
    const large = { type: 'order.shipped', data: { orderId: 'x'.repeat(eventLimits.entryBytes) } };
    expect(await tell([shipped(orderId), large], { together: true })).toMatchObject({ code: 'body_too_large' });
    const other = { type: 'order.lost', data: { orderId } };
    expect(await tell([shipped(orderId), other], { together: true })).toMatchObject({ code: 'forbidden' });
    await nothingMore();
    expect(heard(orderId)).toEqual([]);
  });
});

describe('ctx.events.publish with a key', () => {
  it('tells one event, however often the function says it: consumers handle it once', async () => {
    const orderId = newOrder();
    await tell([shipped(orderId, orderId)]);
    const [first] = await untilHeard(orderId);
    await tell([shipped(orderId, orderId), shipped(orderId, orderId)]);
    await nothingMore();
    expect(heard(orderId)).toEqual([first]);
  });

  it('keeps apart types, functions and keys', async () => {
    const orderId = newOrder();
    await tell([shipped(orderId, orderId), { ...shipped(orderId, orderId), type: 'order.paid' }, shipped(orderId, `${orderId} too`)]);
    await tell([shipped(orderId, orderId)], { by: 'tellToo' });
    const ids = (await untilHeard(orderId, 4)).map((line) => line.split(' ').at(-1));
    expect(new Set(ids).size).toBe(4);
  });

  it('is one delivery of a webhook', async () => {
    const endpoint = { url: 'https://hooks.example.com/in', events: ['order.paid'] };
    const { id } = (await backend.call(ann, { method: 'POST', path: '/webhooks/endpoints', body: endpoint })).json;
    const deliveries = async (): Promise<readonly Body[]> =>
      (await backend.call(ann, { path: `/webhooks/endpoints/${id}/deliveries` })).json.items;
    const paid = (orderId: string, key: string) => ({ type: 'order.paid', data: { orderId }, key });
    const [one, two] = [newOrder(), newOrder()];
    await tell([paid(one, one)]);
    await backend.until(async () => (await deliveries()).length === 1 || undefined);
    await tell([paid(one, one), paid(two, two)]);
    await backend.until(async () => (await deliveries()).length > 1 || undefined);
    await nothingMore();
    expect((await deliveries()).length).toBe(2);
  });
});

describe('Without a key', () => {
  it('each call tells events of its own, and the same twice is two', async () => {
    const orderId = newOrder();
    await tell([shipped(orderId), shipped(orderId)]);
    await tell([shipped(orderId)]);
    expect(new Set(await untilHeard(orderId, 3)).size).toBe(3);
  });

  it('a run that is tried again tells the same events, and what it tells differently is not lost', async () => {
    const id = newOrder();
    await backend.run(ann, 'ask', { id });
    await untilHeard(`${id} at try 1`);
    await backend.until(() => {
      backend.local.clock.advance(31_000);
      return heard(`${id} at try 2`)[0];
    });
    ann = await backend.person('admins');
    await nothingMore();
    expect(new Set(heard(id)).size).toBe(4);
    expect(heard(id)).toHaveLength(4);
    expect(heard(`${id} at try 1`)).toHaveLength(1);
  });

  it('what the bus has not taken is the same event when the code tries it again', async () => {
    const orderId = newOrder();
    proxy.failFirst(10_000, 'PutEvents', { status: 503, type: 'ServiceUnavailable' });
    expect(await tell([shipped(orderId)])).toMatchObject({ code: 'unavailable' });
    proxy.fault = () => undefined;
    await tell([shipped(orderId)]);
    expect(await untilHeard(orderId)).toHaveLength(1);
  });
});

describe('ctx.events.publishAll', () => {
  it('sends ten events in a request', async () => {
    const orders = Array.from({ length: 25 }, newOrder);
    backend.local.resetCounts();
    expect(
      await tell(
        orders.map((orderId) => shipped(orderId)),
        { together: true },
      ),
    ).toBeNull();
    for (const orderId of orders) expect(await untilHeard(orderId)).toHaveLength(1);
    const put = Object.entries(backend.local.counts()).find(([name]) => /events.*PutEvents/i.test(name));
    expect(put?.[1].requests).toBe(3);
  });

  it('sends again what the bus did not take of a request, and only that', async () => {
    const orders = Array.from({ length: 10 }, newOrder);
    proxy.failFirst(1, 'PutEvents', 'every other entry');
    backend.local.resetCounts();
    expect(
      await tell(
        orders.map((orderId) => shipped(orderId)),
        { together: true },
      ),
    ).toBeNull();
    for (const orderId of orders) expect(await untilHeard(orderId)).toHaveLength(1);
    await nothingMore();
    for (const orderId of orders) expect(heard(orderId)).toHaveLength(1);
  });

  it('says which events are not on the bus', async () => {
    const orders = Array.from({ length: 4 }, newOrder);
    proxy.failFirst(10_000, 'PutEvents', 'every other entry');
    const fault = await tell(
      orders.map((orderId) => shipped(orderId)),
      { together: true },
    );
    expect(fault).toMatchObject({ code: 'unavailable', errors: [{ pointer: '/0' }] });
    expect(fault.message).toContain('3 of 4');
  });
});
