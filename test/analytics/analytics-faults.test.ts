import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AccessReport } from '../../local/services/iam/access-report.ts';
import type { Person } from '../data/relations-backend.ts';
import { AnalyticsBackend, type Body, until } from './analytics-backend.ts';
import { FirehoseFaultProxy } from './firehose-fault-proxy.ts';

interface ProviderCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Body;
}

let proxy: FirehoseFaultProxy;
let services: Server;
let servicesStatus = 200;
const calls: ProviderCall[] = [];
let backend: AnalyticsBackend;
let ann: Person;

beforeAll(async () => {
  services = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      calls.push({ path, authorization: headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(servicesStatus).end();
    });
  });
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
  const standInUrl = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  proxy = await new FirehoseFaultProxy().start();
  const environment = { AWS_ENDPOINT_URL_FIREHOSE: proxy.url };
  backend = await AnalyticsBackend.start({ consent: 'assumed', forwards: true, standInUrl }, { environment });
  proxy.target = backend.local.endpointUrl;
});
afterAll(async () => {
  await backend.dispose();
  await proxy.stop();
  services.closeAllConnections();
  await new Promise((resolve) => services.close(resolve));
});
beforeEach(async () => {
  proxy.fault = undefined;
  servicesStatus = 200;
  calls.length = 0;
  proxy.requests.length = 0;
  // Tokens end while the clock is moved.
  ann = await backend.person();
});

const viewed = (path: string) => ({ type: 'page.viewed', properties: { path } });
const many = (count: number) => Array.from({ length: count }, (_, index) => viewed(`/${index}`));
const pathsOf = async (who: Person): Promise<readonly unknown[]> =>
  (await backend.stored()).filter(({ userId }) => userId === who.id).map(({ properties }) => properties['path']);
const storedOf = (who: Person, count: number) =>
  until(
    () => backend.clock.advance(30_000) ?? pathsOf(who),
    (paths) => paths.length >= count,
    40_000,
  );

describe('While Firehose fails', () => {
  it.each(['down', 'silent'] as const)(
    'WH19 (%s) the request succeeds, and the events lie in the bucket when it is back',
    async (fault) => {
      proxy.fault = fault;
      const began = performance.now();
      const { status, json } = await backend.record(ann, { events: many(5) });
      expect([status, json]).toEqual([202, { accepted: 5 }]);
      expect(performance.now() - began).toBeLessThan(8_000);
      expect(await pathsOf(ann)).toEqual([]);
      proxy.fault = undefined;
      // A retry may have been told late that the first try was taken: the same event twice.
      expect([...new Set(await storedOf(ann, 5))].sort()).toEqual(['/0', '/1', '/2', '/3', '/4']);
    },
  );

  it('WH19 only the records that it did not take are tried again, and each lies in the bucket once', async () => {
    proxy.fault = 'partly';
    expect((await backend.record(ann, { events: many(32) })).json).toEqual({ accepted: 32 });
    expect(await storedOf(ann, 32)).toHaveLength(32);
    expect(new Set(await pathsOf(ann))).toEqual(new Set(many(32).map(({ properties }) => properties.path)));
    // Of the request; of the message with what was left; of the message with what was left then.
    const own = proxy.requests.filter(([first = '']) => first.includes(ann.id));
    expect(own.map(({ length }) => length)).toEqual([32, 16, 8, 4, 2, 1]);
  });
});

describe('Services outside', () => {
  /** What earlier tests have left to be sent may still come. */
  const callsTo = (part: string): readonly ProviderCall[] =>
    calls.filter(({ path, body }) => path.startsWith(part) && JSON.stringify(body).includes(ann.id));

  it('get the events in their own forms', async () => {
    const id = crypto.randomUUID();
    const at = '2026-01-02T03:04:05.000Z';
    const properties = { total: 5, gift: true, Email: 'ann@example.com', items: [{ sku: 'A' }] };
    await backend.record(ann, { anonymousId: 'phone-1', events: [{ id, at, type: 'order.paid', properties }] });
    await until(
      () => callsTo('/').length,
      (count) => count >= 3,
    );
    const clean = { ...properties, Email: '[redacted]' };
    const [segment, posthog, ga4] = ['/v1/batch', '/batch/', '/mp/collect'].map((part) => callsTo(part)[0]);
    expect(segment?.authorization).toBe(`Basic ${Buffer.from('wk:').toString('base64')}`);
    const who = { userId: ann.id, anonymousId: 'phone-1' };
    expect(segment?.body).toEqual({
      batch: [{ type: 'track', event: 'order.paid', messageId: id, timestamp: at, ...who, properties: clean }],
    });
    expect(posthog?.body).toEqual({
      api_key: 'ak',
      batch: [
        {
          event: 'order.paid',
          uuid: id,
          timestamp: at,
          distinct_id: ann.id,
          properties: { ...clean, $process_person_profile: true },
        },
      ],
    });
    expect(ga4?.path).toBe('/mp/collect?measurement_id=G-1&api_secret=as');
    expect(ga4?.body).toEqual({
      client_id: 'phone-1',
      user_id: ann.id,
      events: [{ name: 'order_paid', timestamp_micros: Date.parse(at) * 1_000, params: { total: 5, gift: 1, Email: '[redacted]' } }],
    });
  });

  it('Google Analytics gets 25 events in a request', async () => {
    await backend.record(ann, { events: many(60) });
    await until(
      () => callsTo('/mp/collect').length,
      (count) => count >= 3,
    );
    expect(callsTo('/mp/collect').map(({ body }) => body.events.length)).toEqual([25, 25, 10]);
  });

  it('WH19 that are down keep nobody waiting, and get the events when they are back', async () => {
    servicesStatus = 503;
    const { status } = await backend.record(ann, { events: [viewed('/late')] });
    expect(status).toBe(202);
    expect(await storedOf(ann, 1)).toEqual(['/late']);
    await until(
      () => callsTo('/').length,
      (count) => count >= 3,
    );
    servicesStatus = 200;
    calls.length = 0;
    await until(
      () => backend.clock.advance(30_000) ?? new Set(callsTo('/').map(({ path }) => path.split('?')[0])).size,
      (count) => count === 3,
      30_000,
    );
  });
});

describe('What is given up', () => {
  it('WH19 lies among the dead letters with all that is needed to send it', async () => {
    servicesStatus = 503;
    const { endpointUrl: endpoint, region, credentials } = backend.local;
    const sqs = new SQSClient({ endpoint, region, credentials });
    await backend.record(ann, { events: [viewed('/given-up')] });
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = QueueUrls.find((url) => /AnalyticsDeliveriesDeadLetters/.test(url));
    // Those of other tests may lie there too.
    const letters = new Map<string, Body>();
    await until(
      async () => {
        backend.clock.advance(4_600_000);
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        for (const { Body: text = '' } of Messages) if (text.includes(ann.id)) letters.set(JSON.parse(text).to, JSON.parse(text));
        return letters.size;
      },
      (count) => count === 3,
      60_000,
    );
    sqs.destroy();
    expect([...letters.keys()].sort()).toEqual(['ga4', 'posthog', 'segment']);
    for (const { events } of letters.values())
      expect(events).toEqual([expect.objectContaining({ type: 'page.viewed', userId: ann.id, properties: { path: '/given-up' } })]);
  });
});

describe('A backend that says nothing of guests', () => {
  it('refuses them, and takes nothing', async () => {
    const { status, json } = await backend.record(undefined, { anonymousId: 'visit-1', events: [viewed('/guest')] });
    expect([status, json.code]).toEqual([401, 'unauthenticated']);
    expect([proxy.requests, calls].filter((sent) => JSON.stringify(sent).includes('/guest'))).toEqual([]);
  });
});

describe('The roles of analytics', () => {
  it('are granted what they use, and use what they are granted', async () => {
    const path = '/analytics/consent';
    await backend.call(ann, { method: 'PUT', path, body: { consent: true } });
    const { denied, unused }: AccessReport = backend.local.accessReport();
    expect(denied).toEqual([]);
    expect(unused.filter(({ role }) => role.includes('BackendAnalytics')).map(({ role, action }) => [role, action])).toEqual([]);
  });
});
