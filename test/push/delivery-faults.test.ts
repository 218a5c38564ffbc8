import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, ServiceProxy } from '../reliability/service-proxy.ts';
import { DeliveriesBackend, until } from './deliveries-backend.ts';
import { type PushService, startPushService } from './push-service.ts';

const browsersEach = 10;
const busy: Fault = { status: 400, type: 'ProvisionedThroughputExceededException' };
const conflict: Fault = { status: 400, type: 'TransactionConflictException' };
const broken: Fault = { status: 500, type: 'InternalServerError' };

let proxy: ServiceProxy;
let service: PushService;
let backend: DeliveriesBackend;
/** How often SNS turns a publish away. */
let throttles = 0;

/** Stands before SNS, whose protocol has errors in XML. */
const snsProxy = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (throttles > 0 && body.includes('Action=Publish&')) {
    throttles -= 1;
    const error = '<Error><Type>Sender</Type><Code>Throttled</Code><Message>Rate exceeded</Message></Error>';
    response.writeHead(429, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`);
    return;
  }
  const { hostname, port, host } = new URL(proxy.target);
  const onward = httpRequest({ hostname, port, method: 'POST', path: request.url, headers: { ...request.headers, host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.end(body);
});

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

/** The proxies must know the AWS endpoint before it is there: functions are called while the backend starts. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeAll(async () => {
  [proxy, service] = await Promise.all([ServiceProxy.start(), startPushService()]);
  const awsPort = await freePort();
  proxy.target = `http://127.0.0.1:${awsPort}`;
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: proxy.url, AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${await listen(snsProxy)}` };
  backend = await DeliveriesBackend.start({}, { awsPort, environment });
});
afterAll(async () => {
  await backend.stop();
  await Promise.all([proxy.stop(), service.close()]);
  snsProxy.closeAllConnections();
  snsProxy.close();
});
afterEach(() => {
  proxy.fault = () => undefined;
  throttles = 0;
});

/** Sends to ten browsers while something fails, lets the times of retries pass, and says how often each was reached. */
const sendAmid = async (fail: () => void): Promise<readonly number[]> => {
  const browsers = Array.from({ length: browsersEach }, () => service.subscribe());
  const owner = await backend.ownerOf(browsers);
  fail();
  const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
  await until(
    async () => {
      // So slowly that no lease of a run that is under way ends.
      await pause(500);
      await backend.pass(8);
      return backend.message(id);
    },
    ({ counts }) => counts.sent === browsersEach,
    60_000,
  );
  await backend.expectExactCounts(id);
  return browsers.map(({ id: browser }) => service.received.filter((push) => push.browser === browser).length);
};
const once = Array.from({ length: browsersEach }, () => 1);

describe('deliveries while services fail', () => {
  it('reach each browser once when devices cannot be claimed', async () => {
    const failClaims = (): void => {
      let updates = 0;
      // The first two are those of the message itself.
      proxy.fault = (operation) => {
        updates += operation === 'UpdateItem' ? 1 : 0;
        return operation === 'UpdateItem' && updates > 2 && updates <= 62 ? busy : undefined;
      };
    };
    expect(await sendAmid(failClaims)).toEqual(once);
  });

  it('reach each browser once when devices cannot be read', async () => {
    expect(await sendAmid(() => proxy.failFirst(9, 'BatchGetItem', broken))).toEqual(once);
  });

  it('reach each browser once when the database leaves keys unread', async () => {
    expect(await sendAmid(() => proxy.failFirst(2, 'BatchGetItem', 'unprocessed'))).toEqual(once);
  });

  it('lose none, and count each once, when results cannot be stored', async () => {
    const counts = await sendAmid(() => proxy.failFirst(9, 'TransactWriteItems', broken));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
  });

  it('reach each browser once, and count each once, when results meet those of other runs', async () => {
    expect(await sendAmid(() => proxy.failFirst(20, 'TransactWriteItems', conflict))).toEqual(once);
  });

  it('PU05 arrive once each when SNS is busy at first', async () => {
    const person = await backend.newPerson();
    const tokens = Array.from({ length: 6 }, () => `fcm-${crypto.randomUUID()}`);
    for (const token of tokens) await backend.register(person, { platform: 'fcm', token });
    throttles = 9;
    const id = await backend.send({ to: { users: [person.id] }, title: 'Hi' });
    await until(
      () => throttles,
      (left) => left <= 3,
    );
    await pause(300);
    expect((await backend.message(id)).counts).toMatchObject({ sent: 0, failed: 0 });
    await until(
      async () => {
        await backend.pass(10);
        return backend.message(id);
      },
      ({ counts }) => counts.sent === 6,
    );
    await pause(300);
    for (const token of tokens) expect(await backend.pushesTo(token)).toHaveLength(1);
    await backend.expectExactCounts(id);
  });
});
