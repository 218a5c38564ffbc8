import { type AddressInfo, createServer } from 'node:net';
import { FaultProxy } from '../auth/fault-proxy.ts';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from './deliveries-backend.ts';
import { newToken, PushBackend } from './push-backend.ts';
import { SnsFaultProxy } from './sns-fault-proxy.ts';

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

let backend: PushBackend;
let sns: SnsFaultProxy;
let sqs: FaultProxy;
let database: FaultProxy;
let admin: Person;
let anna: Person;
let ben: Person;
beforeAll(async () => {
  [sns, sqs, database] = await Promise.all([new SnsFaultProxy().start(), FaultProxy.start(), FaultProxy.start()]);
  // Platform applications are made while the backend starts, so that the proxies must know where to.
  const awsPort = await freePort();
  for (const proxy of [sns, sqs, database]) proxy.target = `http://127.0.0.1:${awsPort}`;
  const environment = { AWS_ENDPOINT_URL_SNS: sns.url, AWS_ENDPOINT_URL_SQS: sqs.url, AWS_ENDPOINT_URL_DYNAMODB: database.url };
  backend = await PushBackend.start({}, { environment, awsPort });
  admin = await backend.person('admins');
});
beforeEach(async () => {
  sns.failing.clear();
  sqs.faults.clear();
  database.faults.clear();
  [anna, ben] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(async () => {
  await backend.stop();
  await Promise.all([sns.stop(), sqs.stop(), database.stop()]);
});

const unavailable = { status: 503, code: 'unavailable' } as const;
const post = (who: Person, path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  backend.call(who, { method: 'POST', path, body, headers });
const down = { status: 500, type: 'InternalServerError' };
const apns = (token: string) => ({ platform: 'apns', token }) as const;

describe('when the queue is down', () => {
  const message = { to: { users: ['nobody'] }, title: 'Hello' };

  it('a message with a key is completed by a repeat, and does not look sent before', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    sqs.faults.set('SendMessage', down);
    expectProblem(await post(admin, '/push/messages', message, headers), unavailable);
    const [left] = (await backend.itemsOf('M#')).filter(({ sender }) => sender === admin.id);
    expect(left).toMatchObject({ status: 'queued', counts: { sent: 0 } });
    sqs.faults.clear();
    const answer = await post(admin, '/push/messages', message, headers);
    expect(answer).toMatchObject({ status: 202, json: { id: left?.['sk'] } });
    await until(
      () => backend.done(admin, { path: `/push/messages/${answer.json.id}` }),
      ({ status }) => status === 'sent',
    );
  });

  it('a message without a key leaves nothing in the log', async () => {
    const before = (await backend.itemsOf('M#')).length;
    sqs.faults.set('SendMessage', down);
    expectProblem(await post(admin, '/push/messages', message), unavailable);
    expect((await backend.itemsOf('M#')).length).toBe(before);
  });
});

describe('when SNS is down', () => {
  it('a registration that could not subscribe is finished by its repeat', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    sns.failing.add('Subscribe');
    expectProblem(await post(anna, '/push/devices', apns(token)), unavailable);
    expect(await backend.heard(token)).toEqual([]);
    sns.failing.clear();
    await backend.register(anna, apns(token));
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
  });

  it('PU01 what one user’s registration has left never reaches the device for the next', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    database.faults.set('UpdateItem', down);
    expectProblem(await post(anna, '/push/devices', apns(token)), unavailable);
    database.faults.clear();
    // SNS knows the subscriptions, and the device's item does not.
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    const before = (await backend.endpoints()).get(token)?.arn;
    await backend.register(ben, apns(token));
    expect(await backend.heard(token)).toEqual(['en_all']);
    expect((await backend.endpoints()).get(token)?.arn).not.toBe(before);
  });

  it('PU01 a take-over that is interrupted leaves the device to nobody, and the first user gets it back by registering', async () => {
    const token = newToken();
    await backend.register(anna, apns(token));
    database.faults.set('TransactWriteItems', down);
    expectProblem(await post(ben, '/push/devices', apns(token)), unavailable);
    database.faults.clear();
    expect(await backend.heard(token)).toEqual([]);
    expect(await backend.devices(ben)).toEqual([]);
    await backend.register(anna, apns(token));
    expect(await backend.heard(token)).toEqual(['en_all']);
  });

  it('quiet hours that could not end subscriptions are finished by the next request', async () => {
    const token = newToken();
    await backend.register(anna, apns(token));
    sns.failing.add('Unsubscribe');
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const answer = await backend.call(anna, { method: 'PATCH', path: '/push/preferences', body: { quietHours } });
    expectProblem(answer, unavailable);
    sns.failing.clear();
    await backend.register(anna, apns(token));
    expect(await backend.heard(token)).toEqual([]);
    expect((await backend.itemsOf(`U#${anna.id}`)).filter((item) => 'leaving' in item)).toEqual([]);
  });

  it('a removal that could not end the endpoint leaves the device, and its repeat removes it', async () => {
    const token = newToken();
    const { id } = await backend.register(anna, apns(token));
    const remove = () => backend.call(anna, { method: 'DELETE', path: `/push/devices/${id}` });
    sns.failing.add('DeleteEndpoint');
    expectProblem(await remove(), unavailable);
    expect(await backend.devices(anna)).toHaveLength(1);
    sns.failing.clear();
    expect((await remove()).status).toBe(204);
    expect((await backend.endpoints()).has(token)).toBe(false);
  });
});

describe('when the database is down', () => {
  it('a removal that could not be stored reaches the device no more, and its repeat ends it', async () => {
    const token = newToken();
    const { id } = await backend.register(anna, apns(token));
    const remove = () => backend.call(anna, { method: 'DELETE', path: `/push/devices/${id}` });
    database.faults.set('TransactWriteItems', down);
    expectProblem(await remove(), unavailable);
    database.faults.clear();
    expect((await backend.endpoints()).has(token)).toBe(false);
    expect((await remove()).status).toBe(204);
    expect(await backend.devices(anna)).toEqual([]);
  });
});
