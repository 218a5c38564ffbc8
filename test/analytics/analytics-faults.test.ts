import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AccessReport } from '../../local/services/iam/access-report.ts';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { AnalyticsBackend, type Body } from './analytics-backend.ts';
import { FirehoseFaultProxy } from './firehose-fault-proxy.ts';

interface ProviderCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Body;
  /** Of the answer. */
  readonly status: number;
}

let proxy: FirehoseFaultProxy;
let services: Server;
let servicesStatus: number | ((text: string) => number) = 200;
const calls: ProviderCall[] = [];
let backend: AnalyticsBackend;
let ann: Person;

beforeAll(async () => {
  services = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const text = Buffer.concat(chunks).toString();
      const status = typeof servicesStatus === 'number' ? servicesStatus : servicesStatus(text);
      calls.push({ path, authorization: headers.authorization, body: JSON.parse(text), status });
      response.writeHead(status).end();
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

/** The clock moves on once what was due has been tried: moved faster, it would outrun the days that SQS keeps a message. */
const advanceAfterAttempt = (ms: number): (() => Promise<void>) => {
  let [seen, movedAt] = [-1, 0];
  return async () => {
    if (calls.length <= seen && performance.now() - movedAt < 5_000) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
    [seen, movedAt] = [calls.length, performance.now()];
    backend.clock.advance(ms);
  };
};

/** Dead letters of this caller, as they come. Those of other tests may lie there too. */
const deadLetters = async (isEnough: (letters: readonly Body[]) => boolean, advanceMs: number): Promise<readonly Body[]> => {
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  const sqs = new SQSClient({ endpoint, region, credentials });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const QueueUrl = QueueUrls.find((url) => /AnalyticsDeliveriesDeadLetters/.test(url));
  const letters = new Map<string, Body>();
  const advance = advanceAfterAttempt(advanceMs);
  await until(
    async () => {
      await advance();
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body: text = '', MessageId = '' } of Messages) if (text.includes(ann.id)) letters.set(MessageId, JSON.parse(text));
      return [...letters.values()];
    },
    isEnough,
    100_000,
  );
  sqs.destroy();
  return [...letters.values()];
};

describe('What is given up', () => {
  it('WH19 lies among the dead letters with all that is needed to send it', async () => {
    servicesStatus = 503;
    await backend.record(ann, { events: [viewed('/given-up')] });
    const letters = await deadLetters(({ length }) => length === 3, 4_600_000);
    expect(letters.map(({ to }) => to).sort()).toEqual(['ga4', 'posthog', 'segment']);
    for (const { events, refusedWith } of letters) {
      expect(events).toEqual([expect.objectContaining({ type: 'page.viewed', userId: ann.id, properties: { path: '/given-up' } })]);
      expect(refusedWith).toBeUndefined();
    }
  });
});

describe('What a service refuses for good', () => {
  const calledPaths = (part: string, { status: wanted }: { readonly status: number }): readonly string[] =>
    calls
      .filter(({ path, body, status }) => path.startsWith(part) && status === wanted && JSON.stringify(body).includes(ann.id))
      .flatMap(({ body }) => JSON.stringify(body).match(/"path":"[^"]+"/g) ?? [])
      .map((member) => member.slice(8, -1));
  const parts = { segment: '/v1/batch', posthog: '/batch/', ga4: '/mp/collect' };

  it.each([400, 413, 422])(
    '(%i) lies alone among the dead letters, with the status, and all others get through at once',
    async (status) => {
      servicesStatus = (text) => (/"\/bad-[12]"/.test(text) ? status : 200);
      const events = many(60).map((event, index) => (index === 7 ? viewed('/bad-1') : index === 40 ? viewed('/bad-2') : event));
      expect((await backend.record(ann, { events })).status).toBe(202);
      const letters = await deadLetters(({ length }) => length === 6, 0);
      expect(letters.map(({ to, events: [event] }) => `${to} ${event.properties.path}`).sort()).toEqual(
        Object.keys(parts)
          .sort()
          .flatMap((to) => [`${to} /bad-1`, `${to} /bad-2`]),
      );
      for (const letter of letters)
        expect(letter).toMatchObject({ events: [{ type: 'page.viewed', userId: ann.id }], refusedWith: status });
      const good = events.map(({ properties }) => properties.path).filter((path) => !path.startsWith('/bad'));
      for (const part of Object.values(parts)) {
        const taken = await until(
          () => calledPaths(part, { status: 200 }),
          ({ length }) => length >= good.length,
        );
        // Each once.
        expect([...taken].sort()).toEqual([...good].sort());
        const requests = calls.filter(({ path, body }) => path.startsWith(part) && JSON.stringify(body).includes(ann.id));
        expect(requests.length).toBeLessThanOrEqual(30);
      }
    },
    60_000,
  );

  it('does not stand for what fails in other ways: 429 and 503 are tried again, whole', async () => {
    servicesStatus = (text) => (text.includes('/slow-down') ? 429 : 503);
    await backend.record(ann, { events: [...many(9), viewed('/slow-down')] });
    await until(
      () => calledPaths('/', { status: 429 }).length,
      (count) => count >= 30,
    );
    servicesStatus = 200;
    for (const part of Object.values(parts)) {
      const taken = await until(
        () => backend.clock.advance(30_000) ?? calledPaths(part, { status: 200 }),
        ({ length }) => length >= 10,
        30_000,
      );
      expect(new Set(taken).size).toBe(10);
      expect(calls.filter(({ path, body }) => path.startsWith(part) && JSON.stringify(body).includes(ann.id)).length).toBeLessThan(6);
    }
  });

  it('is found though the service fails in between, and nothing is lost or sent twice', async () => {
    let answers = 0;
    servicesStatus = (text) => {
      answers += 1;
      if (answers > 6 && answers % 5 === 0) return 503;
      return text.includes('/bad') ? 400 : 200;
    };
    await backend.record(ann, { events: [...many(20), viewed('/bad')] });
    const letters = await deadLetters(({ length }) => length === 3, 10_000);
    expect(letters.map(({ events }) => events.map(({ properties }: Body) => properties.path))).toEqual([['/bad'], ['/bad'], ['/bad']]);
    for (const part of Object.values(parts)) {
      const taken = await until(
        () => backend.clock.advance(10_000) ?? calledPaths(part, { status: 200 }),
        ({ length }) => length >= 20,
        30_000,
      );
      expect(new Set(taken).size).toBe(20);
      expect(taken).toHaveLength(20);
    }
  });

  it('is put aside bit by bit where it is all of a batch', async () => {
    servicesStatus = (text) => (text.includes('/all-bad') ? 400 : 200);
    await backend.record(ann, { events: Array.from({ length: 30 }, (_, index) => viewed(`/all-bad-${index}`)) });
    const letters = await deadLetters(({ length }) => length === 90, 0);
    expect(new Set(letters.map(({ to, events }) => `${to} ${events[0].id}`)).size).toBe(90);
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
    // Nobody is deleted here.
    const ours = unused.filter(({ role }) => role.includes('BackendAnalytics') && !role.includes('DeletedUsers'));
    expect(ours.map(({ role, action }) => [role, action])).toEqual([]);
  });
});
