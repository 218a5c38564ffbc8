import { createHmac } from 'node:crypto';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import type { BackendEvent } from '../../contracts/events.ts';
import { type InboundDelivery, inboundLimits } from '../../contracts/inbound.ts';
import type { ApiAnswer } from '../support/call-api.ts';
import { callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { until, WebhooksBackend } from '../webhooks/webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start(), startReceiver()]);
  // What is told on the bus is seen by a webhook that goes out.
  await backend.add({ url: `${receiver.url}/told`, events: ['inbound.*'] });
  await backend.settles();
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

const secretOf = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;
const newSecret = secretOf('the-new-secret-of-24-bytes');
const oldSecret = secretOf('the-old-secret-of-24-bytes');

interface Request {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
const send = ({ name, headers, body }: Request): Promise<ApiAnswer> =>
  callApi(backend.local.apiUrl, { method: 'POST', path: `/inbound/${name}`, headers: { ...headers }, body });

const storeSecret = async (SecretId: string, SecretString: string): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  client.destroy();
};

let ids = 0;
const newId = (): string => {
  ids += 1;
  return `evt-${ids}-${crypto.randomUUID()}`;
};
const seconds = (offset = 0): number => Math.floor(backend.local.clock.now() / 1_000) + offset;

/** As the services sign. */
const svix = ({ id = newId(), at = seconds(), body = '{"type":"invoice.paid","n":1}', secrets = [newSecret] } = {}): Request => ({
  name: 'svix',
  headers: {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, new Date(at * 1_000), body)).join(' '),
  },
  body,
});
const github = ({ id = newId(), body = '{"action":"opened"}', secret = 'github-secret' } = {}): Request => ({
  name: 'github',
  headers: {
    'x-github-delivery': id,
    'x-github-event': 'pull_request',
    'x-github-hook-id': '42',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  },
  body,
});
const shop = ({ id = newId(), at = seconds(), body = JSON.stringify({ event: { id, kind: 'sold' } }) } = {}): Request => ({
  name: 'shop',
  headers: {
    'x-shop-time': String(at),
    'x-shop-signature': `v0=${createHmac('sha512', 'shop-secret').update(`${at}.${body}`).digest('base64')}`,
  },
  body,
});
const billing = ({ id = newId(), at = seconds(), secrets = ['billing-secret'] } = {}): Request => {
  const body = JSON.stringify({ event_id: id, event_type: 'transaction.completed' });
  const signatures = secrets.map((secret) => `h1=${createHmac('sha256', secret).update(`${at}:${body}`).digest('hex')}`);
  return { name: 'billing', headers: { 'paddle-signature': [`ts=${at}`, ...signatures].join(';') }, body };
};
const plain = (body: string): Request => ({
  name: 'plain',
  headers: { 'x-signature': createHmac('sha1', 'plain-secret').update(body).digest('hex'), 'content-type': 'text/plain' },
  body,
});

const stored = () => backend.items('Inbound');
type Told = Pick<BackendEvent, 'type'> & { readonly data: InboundDelivery };
const told = (id: string): readonly Told[] =>
  receiver.of('/told').flatMap(({ body }) => {
    const event = JSON.parse(body) as Told;
    return event.data.id === id ? [event] : [];
  });
const tellsOf = (id: string): Promise<readonly Told[]> =>
  until(
    () => told(id),
    (seen) => seen.length > 0,
  );
const without = (request: Request, header: string): Request => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== header)),
});
const withHeader = (request: Request, header: string, value: string): Request => ({
  ...request,
  headers: { ...request.headers, [header]: value },
});
const changed = (request: Request): Request => ({ ...request, body: request.body.replace('{', '{ ') });

const unsigned: readonly [string, () => Request][] = [
  ['WH01 of svix without a signature', () => without(svix(), 'webhook-signature')],
  ['WH01 of svix with an empty signature', () => withHeader(svix(), 'webhook-signature', '')],
  ['WH01 of svix without an id', () => without(svix(), 'webhook-id')],
  ['WH01 of svix without a time', () => without(svix(), 'webhook-timestamp')],
  ['WH01 of svix with a signature of another version', () => withHeader(svix(), 'webhook-signature', 'v1a,AAAA')],
  ['WH01 of github without a signature', () => without(github(), 'x-hub-signature-256')],
  ['WH01 of github with the older kind of signature alone', () => withHeader(github(), 'x-hub-signature-256', 'sha1=abc')],
  ['WH01 of shop without a signature', () => without(shop(), 'x-shop-signature')],
  ['WH01 of shop without a time', () => without(shop(), 'x-shop-time')],
  ['WH01 of plain with an empty signature', () => withHeader(plain('x'), 'x-signature', '')],
  ['WH01 of billing without a signature', () => without(billing(), 'paddle-signature')],
  ['WH01 of billing with a time alone', () => withHeader(billing(), 'paddle-signature', `ts=${seconds()}`)],
  ['WH02 of billing by another secret', () => billing({ secrets: ['another'] })],
  ['WH02 of billing with another body', () => changed(billing())],
  ['WH01 that is no JSON, without a signature', () => without({ ...svix(), body: '{' }, 'webhook-signature')],
  ['WH02 of svix by another secret', () => svix({ secrets: [secretOf('another-secret-of-24-bytes')] })],
  ['WH02 of svix with another body', () => changed(svix())],
  ['WH02 of svix with another id', () => withHeader(svix(), 'webhook-id', 'another')],
  ['WH02 of svix with another time', () => withHeader(svix(), 'webhook-timestamp', String(seconds(1)))],
  ['WH02 of github by another secret', () => github({ secret: 'another' })],
  ['WH02 of github with another body', () => changed(github())],
  [
    'WH02 of github with a part of the signature',
    () => {
      const request = github();
      return withHeader(request, 'x-hub-signature-256', (request.headers['x-hub-signature-256'] ?? '').slice(0, -2));
    },
  ],
  ['WH02 of shop with another body', () => changed(shop())],
  ['WH02 of shop with another time', () => withHeader(shop(), 'x-shop-time', String(seconds(1)))],
  [
    'WH02 of shop without the prefix',
    () => {
      const request = shop();
      return withHeader(request, 'x-shop-signature', (request.headers['x-shop-signature'] ?? '').slice(3));
    },
  ],
  ['WH02 of plain signed as github', () => ({ ...plain('x'), headers: github({ body: 'x' }).headers })],
];

describe('a webhook of another service is refused', () => {
  it.each(unsigned)('%s', async (_, make) => {
    const before = await stored();
    const requests = await backend.requestsOf(async () => {
      expectProblem(await send(make()), { status: 401, code: 'invalid_signature' });
    });
    expect(Object.keys(requests).filter((name) => !name.startsWith('secretsmanager:'))).toEqual([]);
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['301 s old', () => svix({ at: seconds(-301) })],
    ['301 s ahead', () => svix({ at: seconds(302) })],
    ['301 s old at Paddle', () => billing({ at: seconds(-301) })],
    ['missing at Paddle', () => withHeader(billing(), 'paddle-signature', 'h1=00')],
    ['no number', () => withHeader(svix(), 'webhook-timestamp', 'today')],
    ['a number with more behind it', () => withHeader(svix(), 'webhook-timestamp', `${seconds()}x`)],
    ['negative', () => withHeader(svix(), 'webhook-timestamp', '-1')],
    ['301 s old at a service that is spelled out', () => shop({ at: seconds(-301) })],
    ['301 s ahead at a service that is spelled out', () => shop({ at: seconds(302) })],
  ])('WH04 whose time is %s', async (_, make) => {
    const before = await stored();
    expectProblem(await send(make()), { status: 400, code: 'stale_signature' });
    expect(await stored()).toEqual(before);
  });

  it.each(['nothing', 'toString', '__proto__', 'constructor'])('under the name %s, which is none', async (name) => {
    expectProblem(await send({ ...svix(), name }), { status: 404, code: 'not_found' });
  });

  it('whose body is too large, signed or not', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(inboundLimits.bodyBytes) });
    expectProblem(await send(github({ body })), { status: 413, code: 'body_too_large' });
    // Of quotes there are twice as many once they are JSON.
    expectProblem(await send(plain('"'.repeat(200_000))), { status: 413, code: 'body_too_large' });
  });

  it('while its service has no secret, so that it is sent again', async () => {
    expectProblem(await send({ ...github(), name: 'bare' }), { status: 503, code: 'unavailable' });
  });

  it.each([
    ['of which nothing is left once it is decoded', 'whsec_'],
    ['that is no base64', '!?!?!?!?!?!?!?!?!?!?'],
    ['that is a key and a value, as the console of AWS makes them', JSON.stringify({ secret: newSecret })],
    ['that is an empty list', '[]'],
  ])('while its service has a secret %s, however it is signed', async (_, secret) => {
    const id = newId();
    const body = '{"type":"invoice.paid"}';
    const right = JSON.stringify([newSecret, oldSecret]);
    await storeSecret('hooks/svix', secret);
    backend.local.clock.advance(301_000);
    const at = seconds();
    // Anybody can sign with an empty key.
    const signature = createHmac('sha256', '').update(`${id}.${at}.${body}`).digest('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
    expectProblem(await send({ name: 'svix', headers, body }), { status: 503, code: 'unavailable' });
    await storeSecret('hooks/svix', right);
    const last = newId();
    expect((await send(svix({ id: last }))).status).toBe(200);
    await tellsOf(last);
    expect(told(id)).toEqual([]);
  });
});

describe('a webhook of another service', () => {
  it('is stored before it is answered, with one request, and told of on the bus', async () => {
    const id = newId();
    const answer = await send(svix({ id }));
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { received: id, duplicate: false } });
    const [event] = await tellsOf(id);
    expect(event).toMatchObject({ type: 'inbound.svix', data: { id, type: 'invoice.paid', body: { type: 'invoice.paid', n: 1 } } });
    // The same request, of which nothing follows any more.
    const requests = await backend.requestsOf(() => send(svix({ id })));
    expect(requests['dynamodb:PutItem']).toBe(1);
  });

  it('of GitHub is told of with its type, and with the headers that are asked for', async () => {
    const request = github();
    expect((await send(request)).status).toBe(200);
    const [event] = await tellsOf(request.headers['x-github-delivery'] ?? '');
    expect(event).toMatchObject({
      type: 'inbound.github',
      data: { type: 'pull_request', headers: { 'content-type': 'application/json', 'x-github-hook-id': '42' }, body: { action: 'opened' } },
    });
    expect(JSON.stringify(event)).not.toContain('sha256=');
  });

  it('of a service that is spelled out has its id and type from the body', async () => {
    const id = newId();
    expect((await send(shop({ id }))).status).toBe(200);
    expect((await tellsOf(id))[0]?.data).toMatchObject({ type: 'sold', body: { event: { id, kind: 'sold' } } });
  });

  it('WH06 of Paddle is told of with the id and type of its body, whichever of its signatures is right', async () => {
    const id = newId();
    expect((await send(billing({ id, secrets: ['the one before', 'billing-secret'] }))).status).toBe(200);
    expect((await tellsOf(id))[0]).toMatchObject({ type: 'inbound.billing', data: { id, type: 'transaction.completed' } });
  });

  it('that is no JSON is told of as the text that it is, by the hash of it', async () => {
    const text = `a=1&b=\ufffd ${newId()}`;
    const answer = await send(plain(text));
    const { received } = answer.json as { received: string };
    expect(received).toMatch(/^[0-9a-f]{64}$/);
    expect((await tellsOf(received))[0]?.data).toMatchObject({ headers: { 'content-type': 'text/plain' }, body: text });
    expect((await send(plain(text))).json).toEqual({ received, duplicate: true });
  });

  it('counts by its bytes, however the gateway hands them over', async () => {
    // Of a type that the gateway does not know as text, the function gets base64.
    const request = withHeader(svix({ body: '{"type":"bytes","text":"„ü“ 😀"}' }), 'content-type', 'application/octet-stream');
    expect((await send(request)).status).toBe(200);
    expect((await tellsOf(request.headers['webhook-id'] ?? ''))[0]?.data.body).toEqual({ type: 'bytes', text: '„ü“ 😀' });
    expectProblem(await send(changed(request)), { status: 401, code: 'invalid_signature' });
  });

  it('may hold what a table does not keep: large numbers, deep lists, empty names', async () => {
    const body = `{"type":"odd","n":1e300,"m":12345678901234567890,"":1,"__proto__":{"x":1},"deep":${'['.repeat(60)}${']'.repeat(60)}}`;
    const id = newId();
    expect((await send(svix({ id, body }))).status).toBe(200);
    expect(JSON.stringify((await tellsOf(id))[0]?.data.body)).toBe(JSON.stringify(JSON.parse(body)));
  });

  it('WH06 counts when one of two signatures is right, whichever secret made it', async () => {
    for (const secrets of [[oldSecret], [newSecret, oldSecret], [secretOf('another-secret-of-24-bytes'), oldSecret]])
      expect((await send(svix({ secrets }))).status).toBe(200);
  });

  it('WH06 counts by a secret that was stored a moment ago, and soon not by one that was taken away', async () => {
    const { clock } = backend.local;
    const before = github({ secret: 'next-secret' });
    clock.advance(16_000);
    expect((await send(before)).status).toBe(401);
    await storeSecret('hooks/github', '["next-secret"]');
    clock.advance(16_000);
    expect((await send(before)).status).toBe(200);
    clock.advance(301_000);
    expect((await send(github())).status).toBe(401);
    await storeSecret('hooks/github', '["github-secret", "next-secret"]');
    clock.advance(16_000);
    expect((await send(github())).status).toBe(200);
  });

  it('counts by a secret that ends with the line break of a shell', async () => {
    await storeSecret('hooks/github', 'github-secret\n');
    backend.local.clock.advance(301_000);
    expect((await send(github())).status).toBe(200);
  });

  it('WH07 that comes again, and twenty times at once, is answered well each time, and told of once', async () => {
    const [id, many] = [newId(), newId()];
    for (let count = 0; count < 3; count += 1) expect((await send(svix({ id }))).json).toEqual({ received: id, duplicate: count > 0 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(svix({ id: many }))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers.filter(({ json }) => (json as { duplicate: boolean }).duplicate)).toHaveLength(19);
    await Promise.all([tellsOf(id), tellsOf(many)]);
    const last = newId();
    await send(svix({ id: last }));
    await tellsOf(last);
    expect([told(id).length, told(many).length]).toEqual([1, 1]);
  });

  it('WH09 of a type that nobody knows is taken, and told of', async () => {
    const id = newId();
    expect((await send(svix({ id, body: '{"type":"never.heard.of","apiVersion":"2099-01-01"}' }))).status).toBe(200);
    expect((await tellsOf(id))[0]?.data.type).toBe('never.heard.of');
  });
});
