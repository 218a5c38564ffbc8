import { type AddressInfo, createServer } from 'node:net';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { eventAttempts } from '../../contracts/payments-table.ts';
import { FaultProxy } from '../auth/fault-proxy.ts';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from '../support/until.ts';
import { type Body, PaymentsBackend, testKeys } from './payments-backend.ts';
import type { StripeFault } from './stripe-stand-in.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

let backend: PaymentsBackend;
let sqs: FaultProxy;
let anna: Person;
let mug: string;
const log: string[] = [];
const write = (_: string, message: string) => void log.push(message);
beforeAll(async () => {
  const awsPort = await freePort();
  sqs = await FaultProxy.start();
  sqs.target = `http://127.0.0.1:${awsPort}`;
  const environment = { AWS_ENDPOINT_URL_SQS: sqs.url };
  backend = await PaymentsBackend.start({}, { awsPort, environment, log: { info: write, warn: write, error: write } });
  mug = await backend.product(await backend.person());
});
beforeEach(async () => {
  backend.stripe.fault = undefined;
  sqs.faults.clear();
  anna = await backend.person();
});
afterAll(async () => {
  await backend?.stop();
  await sqs?.stop();
  // Whatever went wrong: no key, no secret and no word of Stripe's about them.
  const all = log.join('\n');
  expect(all).toContain('Stripe');
  for (const secret of [testKeys.secretKey, ...testKeys.webhookSecrets]) expect(all).not.toContain(secret);
});

const html = '<!doctype html><title>Service maintenance</title>';
const json = (value: unknown): StripeFault => ({ body: JSON.stringify(value) });
const badUpstream = { status: 502, code: 'bad_upstream' } as const;
const items = () => ({ items: [{ id: mug, quantity: 1 }] });

const wrongAnswers: readonly [string, StripeFault][] = [
  ['HTML with 200', { body: html, headers: { 'content-type': 'text/html' } }],
  ['nothing with 200', { body: '' }],
  ['10 MB', { body: Buffer.alloc(10 * 1024 * 1024, 32) }],
  ['a list', json([])],
  ['null', json(null)],
  ['an id that is a number', json({ id: 7, url: 'https://checkout.stripe.com/c/pay/7' })],
  ['an object without an id', json({ object: 'customer' })],
  ['half of an object', { body: '{"id":"cus_1"' }],
  ['a redirect', { status: 302, headers: { location: 'https://evil.example.com' }, body: '' }],
  ['HTML with 403', { status: 403, body: html }],
  [
    'a refusal of the key',
    {
      status: 401,
      body: JSON.stringify({ error: { type: 'invalid_request_error', message: `Invalid API Key provided: ${testKeys.secretKey}` } }),
    },
  ],
];

describe.each([
  ['the customer', '/v1/customers'],
  ['the checkout', '/v1/checkout/sessions'],
])('FI25 when Stripe answers for %s', (_, path) => {
  it.each(wrongAnswers)('%s, a checkout is refused with 502, and works when Stripe does', async (_name, fault) => {
    backend.stripe.fault = (request) => (request.path === path ? fault : undefined);
    const answer = await backend.checkout(anna, items());
    expectProblem(answer, badUpstream);
    expect(answer.text).not.toContain(testKeys.secretKey);
    if (path === '/v1/customers') expect(await backend.items(`U#${anna.id}`)).toEqual([]);
    backend.stripe.fault = undefined;
    await backend.begin(anna, items());
    expect([...backend.stripe.customers.values()].filter(({ metadata }) => metadata.userId === anna.id)).toHaveLength(1);
  });
});

describe('FI25 when Stripe', () => {
  it('takes another key than before, the secret is read again at once, and the log tells which one it refuses', async () => {
    const { endpointUrl: endpoint, region, credentials } = backend.local;
    const client = new SecretsManagerClient({ endpoint, region, credentials });
    const store = (secretKey: string) =>
      client.send(new PutSecretValueCommand({ SecretId: 'shop/stripe', SecretString: JSON.stringify({ ...testKeys, secretKey }) }));
    await backend.begin(anna, items());
    backend.stripe.secretKey = 'sk_test_rolled';
    expectProblem(await backend.checkout(anna, items()), badUpstream);
    expect(log.join('\n')).toContain('it refuses the key of the secret');
    await store('sk_test_rolled');
    await backend.begin(anna, items());
    backend.stripe.secretKey = testKeys.secretKey;
    await store(testKeys.secretKey);
    expectProblem(await backend.checkout(anna, items()), badUpstream);
    await backend.begin(anna, items());
    client.destroy();
  });

  it.each(['javascript:alert(1)', 'checkout', 7, null])('gives %j as a page, it is handed to nobody', async (url) => {
    backend.stripe.fault = ({ path }) => (path === '/v1/checkout/sessions' ? json({ id: 'cs_1', url }) : undefined);
    expectProblem(await backend.checkout(anna, items()), badUpstream);
  });

  it('is busy, a checkout says when to come back', async () => {
    backend.stripe.fault = () => ({ status: 429, headers: { 'retry-after': '7' }, body: '{"error":{}}' });
    const answer = await backend.checkout(anna, items());
    expectProblem(answer, { status: 503, code: 'unavailable' });
    expect(answer.headers['retry-after']).toBe('7');
  });

  it.each([500, 503])('fails with %d once, the same request is sent again, and done once', async (status) => {
    let failures = 1;
    backend.stripe.fault = ({ path }) => (path === '/v1/checkout/sessions' && failures-- > 0 ? { status, body: html } : undefined);
    backend.stripe.seen.length = 0;
    await backend.begin(anna, items());
    const keys = backend.stripe.seen.filter(({ path }) => path === '/v1/checkout/sessions').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('does not answer, a checkout ends before the function does', async () => {
    backend.stripe.fault = () => 'hang';
    const startedAt = performance.now();
    expectProblem(await backend.checkout(anna, items()), { status: 503, code: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    expect(await backend.items(`U#${anna.id}`)).toEqual([]);
  });
});

describe('An event', () => {
  const pay = async () => {
    backend.stripe.webhookUrl = undefined;
    const intent = await backend.stripe.pay(await backend.begin(anna, items()));
    backend.stripe.webhookUrl = `${backend.local.apiUrl}/payments/webhook`;
    return backend.stripe.event('payment_intent.succeeded', intent);
  };

  it('WH10 is not answered 2xx while it cannot be kept', async () => {
    const event = await pay();
    sqs.faults.set('SendMessage', { status: 500, type: 'InternalServerError' });
    const refused = await backend.stripe.deliver(event);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    sqs.faults.clear();
    expect((await backend.stripe.deliver(event)).status).toBe(200);
    await until(
      () => backend.items(`E#${event['id']}`),
      (kept) => kept.length === 1,
    );
  });

  const amounts: readonly [string, object][] = [
    ['an amount that is a text', { amount: '2400' }],
    ['an amount that is negative', { amount: -1 }],
    ['an amount beyond all numbers', { amount: 1e300 }],
    ['a time beyond all calendars', { created: 1e15 }],
    ['no status', { status: undefined }],
    ['another payment', { id: 'pi_other' }],
    ['a charge that is not opened up', { latest_charge: 'ch_1' }],
  ];
  it.each([
    ...wrongAnswers.map(([name, fault]) => [name, () => fault] as const),
    ...amounts.map(([name, wrong]) => [name, (intent: object) => json({ ...intent, ...wrong })] as const),
  ])(
    'FI25 waits, and changes nothing, when Stripe answers with %s',
    async (_, faultOf) => {
      const event = await pay();
      const fault = faultOf(event['data'].object);
      let asked = 0;
      backend.stripe.fault = ({ method }) => {
        if (method !== 'GET') return undefined;
        asked += 1;
        return fault;
      };
      expect((await backend.stripe.deliver(event)).status).toBe(200);
      await until(
        async () => asked,
        (count) => count > 0,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await backend.items(`P#${event['data'].object.id}`)).toEqual([]);
      expect(await backend.told(anna.id)).toEqual([]);
      backend.stripe.fault = undefined;
      backend.local.clock.advance(60_000);
      await until(
        () => backend.items(`P#${event['data'].object.id}`),
        (kept) => kept.length === 1,
      );
      expect((await backend.told(anna.id)).map(({ type }) => type)).toEqual(['payment.succeeded']);
    },
    30_000,
  );

  it('is put aside with what it is after all tries, and loses nothing by it', async () => {
    const event = await pay();
    let asked = 0;
    backend.stripe.fault = ({ method }) => {
      if (method !== 'GET') return undefined;
      asked += 1;
      return json([]);
    };
    await backend.stripe.deliver(event);
    for (let attempt = 1; attempt <= eventAttempts; attempt += 1) {
      await until(
        async () => asked,
        (count) => count >= attempt,
      );
      await new Promise((resolve) => setTimeout(resolve, 60));
      backend.local.clock.advance(5_000_000);
    }
    const aside = async (): Promise<readonly Body[]> =>
      Object.entries((await backend.local.dump())['sqs'] as Body)
        .filter(([queue]) => queue.includes('Payments') && queue.includes('DeadLetters'))
        .flatMap(([, messages]) => messages as readonly Body[]);
    const [message] = await until(aside, (messages) => messages.length === 1);
    const { id, type } = event;
    expect(JSON.parse(message.body)).toEqual({ id, type, kind: 'payment', object: event['data'].object.id });
    expect(asked).toBe(eventAttempts);
    expect(await backend.items(`P#${event['data'].object.id}`)).toEqual([]);
  });
});

it('What functions of payments are allowed is what they do', async () => {
  const admin = await backend.person('admins');
  await backend.own(anna);
  await backend.done(admin, { path: '/payments' });
  const { denied, unused } = backend.local.accessReport();
  expect(denied).toEqual([]);
  // Nobody is deleted here.
  expect(unused.filter(({ role }) => role.includes('Payments') && !role.includes('DeletedUsers'))).toEqual([]);
});
