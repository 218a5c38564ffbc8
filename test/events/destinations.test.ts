import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { countMessages, findQueues, lookAtMessages } from '../../cli/events-queues.ts';
import { redrive } from '../../cli/events-redrive.ts';
import { replay } from '../../cli/events-replay.ts';
import type { EventsTarget } from '../../cli/events-target.ts';
import { outputs } from '../../contracts/outputs.ts';
import { Clock } from '../../local/clock.ts';
import { startLocal } from '../../local/local-backend.ts';
import type { Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type Received, type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { EventsBackend, until } from './events-backend.ts';

let backend: EventsBackend;
let receiver: Receiver;
let target: EventsTarget;
let ada: Person;
const clock = new Clock();

beforeAll(async () => {
  receiver = await startReceiver();
  const app = 'test/events/destinations-app.ts';
  const local = await startLocal({ assembly: cachedAssembly({ app, sources: [app] }), clock });
  backend = new EventsBackend(local, local);
  ada = await backend.person();
  const client = { endpoint: local.endpointUrl, region: local.region, credentials: local.credentials };
  const secrets = new SecretsManagerClient(client);
  const SecretString = JSON.stringify({ token: 't-1', clientId: 'shop', clientSecret: 's-1', apiUrl: receiver.url });
  await secrets.send(new CreateSecretCommand({ Name: 'crm/api', SecretString }));
  secrets.destroy();
  target = {
    ...{ sqs: backend.sqs, eventBridge: new EventBridgeClient(client), client, name: 'the test' },
    busName: local.outputs[outputs.eventBusName],
    archiveName: local.outputs[outputs.eventArchiveName],
    deadLetters: JSON.parse(local.outputs[outputs.deadLetterQueues] ?? '{}'),
  };
});
afterAll(async () => {
  target?.eventBridge.destroy();
  await backend?.stop();
  await receiver?.close();
});

const received = (path: string, count = 1): Promise<readonly Received[]> =>
  until(
    async () => receiver.of(path),
    (all) => all.length >= count,
  );
const queueOf = async (name: string) => {
  const [queue] = await findQueues(target, [`destinations.${name}`]);
  if (queue === undefined) throw new Error(`there is no queue of ${name}`);
  return queue;
};
const putAside = async (name: string, count = 1): Promise<readonly string[]> => {
  const { url } = await queueOf(name);
  await until(
    () => countMessages(target, url),
    (found) => found >= count,
  );
  return lookAtMessages(target, url, 10);
};
const pathOf = ({ id }: { id: string }): string => `/orders/${id}`;

describe('a destination', () => {
  it('gets what is named of a record, with the key, and nothing else', async () => {
    const order = await backend.create(ada, 'Order', { total: 120, email: 'ada@example.com' });
    const [call] = await received(pathOf(order));
    expect(call).toMatchObject({ method: 'PUT', headers: { authorization: 'Bearer t-1', 'idempotency-key': expect.any(String) } });
    expect(JSON.parse(call?.body ?? '')).toEqual({ total: 120, version: 1, currency: 'EUR' });
    expect(receiver.received.filter(({ body }) => body.includes('ada@example.com'))).toEqual([]);
  });

  it('is not called for what does not match', async () => {
    const small = await backend.create(ada, 'Order', { total: 99 });
    const large = await backend.create(ada, 'Order', { total: 100 });
    await received(pathOf(large));
    expect(receiver.of(pathOf(small))).toEqual([]);
  });

  it('is called again after a failure of its own', async () => {
    const order = await backend.create(ada, 'Order', { total: 1 });
    receiver.answer(pathOf(order), { status: 500 }, { status: 200 });
    await backend.call(ada, 'PATCH', `/data/Order/${order.id}`, { total: 500 });
    const calls = await received(pathOf(order), 2);
    expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(await countMessages(target, (await queueOf('crm')).url)).toBe(0);
  });

  it('has what it refuses put aside, and sent to it alone by a redrive', async () => {
    const order = await backend.create(ada, 'Order', { total: 1 });
    receiver.answer(pathOf(order), { status: 400 }, { status: 400 }, { status: 200 });
    await backend.call(ada, 'PATCH', `/data/Order/${order.id}`, { total: 300 });
    const [dead = ''] = await putAside('crm');
    expect(JSON.parse(dead)).toMatchObject({ source: 'plinth', 'detail-type': 'Order.updated', detail: { data: { id: order.id } } });
    const others = backend.local?.inbox.list().length;

    const queue = await queueOf('crm');
    expect(await redrive(target, queue, 5)).toMatchObject({ moved: 1, waiting: 0, deadLetters: 1 });
    expect(await redrive(target, queue, 5)).toMatchObject({ moved: 1, waiting: 1, deadLetters: 0, note: expect.stringContaining('a day') });
    const calls = await received(pathOf(order), 3);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
    expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(await redrive(target, queue, 5)).toMatchObject({ moved: 0, deadLetters: 0 });
    expect(backend.local?.inbox.list()).toHaveLength(others ?? -1);
  });

  it('is called again by a replay, where it takes the type', async () => {
    const order = await backend.create(ada, 'Order', { total: 800 });
    await received(pathOf(order));
    const time = (ms: number): string => new Date(clock.now() + ms).toISOString();
    const wish = { from: time(-5_000), to: time(60_000) };
    await expect(replay(target, { ...wish, type: 'Order.shipped' })).rejects.toThrow('Nobody listens to Order.shipped');
    const { rules } = await replay(target, { ...wish, type: 'Order.created' });
    // Its own rule, the one that puts aside what is too large, and that of Segment with one of those.
    expect(rules).toHaveLength(4);
    expect(await received(pathOf(order), 2)).toHaveLength(2);
  });

  it('is not sent holes in the place of a record that an event was told without, by a redrive either', async () => {
    const text = 'x'.repeat(140_000);
    const order = await backend.create(ada, 'Order', { total: 1 });
    await backend.call(ada, 'PATCH', `/data/Order/${order.id}`, { total: 700, note: text, more: text });
    const [dead = ''] = await putAside('crm');
    expect(JSON.parse(dead)).toMatchObject({ detail: { data: { id: order.id, truncated: true } } });
    expect(await redrive(target, await queueOf('crm'), 5)).toMatchObject({ moved: 1, deadLetters: 1 });
    expect(receiver.of(pathOf(order))).toEqual([]);
  });

  it('is called with a token of OAuth, with all of the event where that is asked for, and no faster than its rate', async () => {
    receiver.answer('/token', { status: 200, body: JSON.stringify({ access_token: 'a-1', expires_in: 600 }) });
    const orders = await Promise.all(Array.from({ length: 6 }, () => backend.create(ada, 'Order', { total: 5 })));
    const began = performance.now();
    await Promise.all(orders.map(({ id }) => backend.call(ada, 'DELETE', `/data/Order/${id}`)));
    const calls = await received('/deleted', 6);
    expect(performance.now() - began).toBeGreaterThan(1_000);
    const [asked] = receiver.of('/token');
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      ...{ grant_type: 'client_credentials', scope: 'write', client_id: 'shop', client_secret: 's-1' },
    });
    const told = calls.map(({ body }) => JSON.parse(body));
    expect(told.map(({ data }) => data.id).toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
    expect(told[0]).toMatchObject({ type: 'Order.deleted', data: { model: 'Order', old: { total: 5 } } });
    expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer a-1']));
  });

  it('is taken by the inbox as long as nobody has given its key', async () => {
    const order = await backend.create(ada, 'Order', { total: 42 });
    const url = 'https://api.segment.io/v1/track';
    const message = await until(
      async () => backend.local?.inbox.list(url).find(({ body }) => JSON.parse(JSON.parse(body).body).properties.total === 42),
      (found) => found !== undefined,
    );
    expect(JSON.parse(JSON.parse(message?.body ?? '').body)).toEqual({
      ...{ event: 'Order.created', messageId: expect.any(String), timestamp: expect.any(String), userId: order.owner },
      ...{ properties: { total: 42 }, writeKey: 'key' },
    });
  });
});
