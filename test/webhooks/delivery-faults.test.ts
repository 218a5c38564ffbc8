import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { BackendEvent } from '../../contracts/events.ts';
import type { WebhookDelivery } from '../../contracts/webhooks.ts';
import { type Fault, ServiceProxy } from '../reliability/service-proxy.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { until, WebhooksBackend } from './webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
let proxy: ServiceProxy;
let sqs: SQSClient;

/** The proxy must know the AWS endpoint before it is there: functions are called while the backend starts. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeAll(async () => {
  [proxy, receiver] = await Promise.all([ServiceProxy.start(), startReceiver()]);
  const awsPort = await freePort();
  proxy.target = `http://127.0.0.1:${awsPort}`;
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: proxy.url, AWS_ENDPOINT_URL_SQS: proxy.url, AWS_ENDPOINT_URL_SCHEDULER: proxy.url };
  backend = await WebhooksBackend.start({}, { awsPort, environment });
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  sqs = new SQSClient({ endpoint, region, credentials });
});
afterAll(async () => {
  sqs.destroy();
  await backend.stop();
  await Promise.all([receiver.close(), proxy.stop()]);
});
afterEach(async () => {
  proxy.fault = () => undefined;
  await backend.clear();
});

let paths = 0;
const newPath = (): string => {
  paths += 1;
  return `/hook-${paths}`;
};
const add = (path: string, events: readonly string[] = ['user.confirmed']) => backend.add({ url: `${receiver.url}${path}`, events });
const isDone = ({ status }: WebhookDelivery): boolean => status !== 'pending';
const bodies = (path: string): readonly string[] => receiver.of(path).map(({ body }) => body);

const queueUrl = async (pattern: RegExp): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const [url, ...others] = QueueUrls.filter((each) => pattern.test(each) && !each.includes('DeadLetters'));
  if (url === undefined || others.length > 0) throw new Error(`not one queue of ${QueueUrls} is ${pattern}`);
  return url;
};
const put = async (pattern: RegExp, message: unknown): Promise<void> => {
  await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(pattern), MessageBody: JSON.stringify(message) }));
};
const eventsQueue = /WebhooksEvents/;
const deliveriesQueue = /WebhooksDeliveries/;
/** An event as EventBridge puts it on the queue. */
const newEvent = (): BackendEvent => {
  const id = crypto.randomUUID();
  return { id, type: 'user.confirmed', time: new Date(backend.local.clock.now()).toISOString(), depth: 0, data: { userId: id } };
};
const tell = async (event = newEvent()): Promise<BackendEvent> => {
  await put(eventsQueue, { source: 'plinth', 'detail-type': event.type, detail: event });
  return event;
};
/** Lets the times of retries pass, so slowly that no lease of a run that is under way ends. */
const until2 = <T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> =>
  until(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      backend.local.clock.advance(20_000);
      return look();
    },
    isSo,
    60_000,
  );

const busy: Fault = { status: 400, type: 'ProvisionedThroughputExceededException' };
const broken: Fault = { status: 500, type: 'InternalServerError' };

describe('FI11 what comes twice', () => {
  it('as an event is sent once', async () => {
    const path = newPath();
    const { id } = await add(path);
    const event = await tell();
    await backend.delivery(id, isDone);
    for (let count = 0; count < 3; count += 1) await tell(event);
    await tell();
    await until(
      () => receiver.of(path).length,
      (count) => count >= 2,
    );
    await backend.delivery(id, isDone);
    expect(bodies(path).filter((body) => body.includes(event.id))).toHaveLength(1);
    expect(await backend.deliveries(id)).toHaveLength(2);
  });

  it('as a delivery is sent once, at the same moment and later', async () => {
    const path = newPath();
    receiver.answer(path, { status: 500 }, { status: 200 });
    const { id } = await add(path);
    await tell();
    const waiting = await backend.delivery(id, ({ attempts }) => attempts.length === 1);
    const queued = { endpointId: id, deliveryId: waiting.id };
    // Those of the past do nothing, but see to it that the next attempt comes.
    await put(deliveriesQueue, { ...queued, attempted: 0 });
    await Promise.all([1, 2, 3].map(() => put(deliveriesQueue, { ...queued, attempted: 1 })));
    await backend.delivery(id, isDone);
    await put(deliveriesQueue, { ...queued, attempted: 1 });
    await put(deliveriesQueue, { ...queued, deliveryId: '01900000-0000-7000-8000-000000000000', attempted: 0 });
    await until2(
      () => backend.deliveries(id),
      () => true,
    );
    expect(bodies(path)).toHaveLength(2);
    expect((await backend.deliveries(id))[0]?.attempts.map(({ status }) => status)).toEqual([500, 200]);
  });
});

describe('deliveries while services fail', () => {
  const each = async (fault: (operation: string) => Fault | undefined, events = 8): Promise<readonly number[]> => {
    const path = newPath();
    const { id } = await add(path);
    proxy.fault = fault;
    const told = await Promise.all(Array.from({ length: events }, () => tell()));
    const deliveries = await until2(
      () => backend.deliveries(id).catch((): readonly WebhookDelivery[] => []),
      (seen) => seen.length === events && seen.every(({ status }) => status === 'succeeded'),
    );
    expect(new Set(deliveries.map(({ messageId }) => messageId))).toEqual(new Set(told.map(({ id: event }) => event)));
    return told.map(({ id: event }) => bodies(path).filter((body) => body.includes(event)).length);
  };
  const first = (count: number, operations: readonly string[], fault: Fault) => {
    let left = count;
    return (operation: string): Fault | undefined => {
      if (!operations.includes(operation) || left === 0) return undefined;
      left -= 1;
      return fault;
    };
  };
  const once = Array.from({ length: 8 }, () => 1);

  it('FI01 come once when the database is busy for the fan-out', async () => {
    expect(await each(first(30, ['PutItem', 'Query'], busy))).toEqual(once);
  });

  it('FI05 come once when the queue does not take them, or the database leaves keys unread', async () => {
    let unread = 3;
    const refuse = first(12, ['SendMessageBatch'], broken);
    const fault = (operation: string): Fault | undefined => {
      if (operation === 'BatchGetItem' && unread > 0) {
        unread -= 1;
        return 'unprocessed';
      }
      return refuse(operation);
    };
    expect(await each(fault)).toEqual(once);
  });

  it('that are replayed come once when the request for it fails midway and is sent again', async () => {
    const path = newPath();
    receiver.answer(path, { status: 500 });
    const { id } = await add(path);
    const told = await Promise.all(Array.from({ length: 12 }, () => tell()));
    const seen = async (isSo: (delivery: WebhookDelivery) => boolean) =>
      until2(
        () => backend.deliveries(id),
        (all) => all.length === 12 && all.every(isSo),
      );
    await seen(({ attempts }) => attempts.length > 0);
    await backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled: false } });
    await until(
      async () => backend.local.clock.advance(4_000_000) ?? backend.deliveries(id),
      (all) => all.every(({ status }) => status === 'failed'),
    );
    receiver.answer(path, { status: 200 });
    await backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled: true } });
    const earlier = receiver.of(path).length;
    const replay = { method: 'POST', path: `/webhooks/endpoints/${id}/replay`, body: { since: '2026-01-01T00:00:00Z' } };
    // As often as the SDK tries.
    proxy.fault = first(3, ['SendMessageBatch'], broken);
    expect((await backend.call(backend.admin, replay)).status).toBeGreaterThanOrEqual(500);
    // Some may have come by now: the jump of the clock lets the queue hand a message out again, and what is begun may be sent.
    const begun = new Set(
      receiver
        .of(path)
        .slice(earlier)
        .map(({ headers }) => headers['webhook-id']),
    ).size;
    const { replayed } = await backend.done<{ replayed: number }>(replay);
    expect(replayed).toBeGreaterThanOrEqual(12 - begun);
    await seen(isDone);
    const again = receiver.of(path).slice(earlier);
    expect(again.map(({ headers }) => headers['webhook-id']).sort()).toEqual(told.map((event) => event.id).sort());
    expect(await backend.done(replay)).toEqual({ replayed: 0 });
  });

  it('come at least once, under one id, when nobody can write down that they came', async () => {
    const counts = await each(first(40, ['UpdateItem'], broken));
    expect(Math.min(...counts)).toBe(1);
  });

  it('wait for their next attempt, and are not sent before it, when that could not be planned', async () => {
    const path = newPath();
    receiver.answer(path, { status: 503, headers: { 'retry-after': '3000' } }, { status: 200 });
    const { id } = await add(path);
    let refused = 0;
    // Scheduler has REST, so that its operation is a path.
    proxy.fault = (operation) => {
      if (!operation.startsWith('/schedules/') || refused >= 3) return undefined;
      refused += 1;
      return broken;
    };
    await tell();
    await backend.delivery(id, ({ attempts }) => attempts.length === 1);
    // The message comes back when its time on the queue is over, and plans what was not planned.
    backend.local.clock.advance(280_000);
    await until(
      () => refused,
      (count) => count === 3,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(bodies(path)).toHaveLength(1);
    backend.local.clock.advance(3_000_000);
    expect((await backend.delivery(id, isDone)).attempts.map(({ status }) => status)).toEqual([503, 200]);
  });
});
