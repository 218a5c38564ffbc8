import type { ErrorCode } from '../../contracts/errors.ts';
import type { WebhookEndpoint } from '../../contracts/webhooks.ts';
import type { ApiCall } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { WebhooksBackend } from './webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([
    WebhooksBackend.start({ webhooks: { events: ['Note.*', 'user.confirmed'], maxEndpoints: 3 } }),
    startReceiver(),
  ]);
});
beforeEach(() => backend.clear());
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

const unknown = '01900000-0000-7000-8000-000000000000';
const url = 'https://hooks.example.com/in';
const as = (call: ApiCall) => backend.call(backend.admin, call);
const post = (body: unknown) => as({ method: 'POST', path: '/webhooks/endpoints', body });
const writes = (requests: Readonly<Record<string, number>>): readonly string[] =>
  Object.keys(requests).filter((name) => /Put|Update|Transact|Delete|SendMessage/.test(name));

describe('an endpoint', () => {
  it.each([
    'http://169.254.169.254/',
    '127.0.0.1:9001',
    'https://127.0.0.1:9001/',
    'https://[::ffff:7f00:1]/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://localhost./',
    'http://localhost:9001/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'https://user:pass@example.com/',
    'https://10.1.2.3/',
    'https://intranet/',
  ])('FN01 WH14 is refused at %s, and not one packet is sent', async (bad) => {
    const { id } = await backend.add({ url });
    const connections = receiver.connections();
    const requests = await backend.requestsOf(async () => {
      expectProblem(await post({ url: bad }), { status: 400, code: 'url_not_allowed', echo: bad });
      const patch = { method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { url: bad } };
      expectProblem(await as(patch), { status: 400, code: 'url_not_allowed', echo: bad });
    });
    expect(writes(requests)).toEqual([]);
    expect(receiver.connections()).toBe(connections);
    expect((await backend.endpoint(id)).url).toBe(url);
  });

  const refused: readonly [string, unknown, ErrorCode, string][] = [
    ['without a URL', {}, 'validation_failed', '/url'],
    ['with a URL that is too long', { url: `${url}/${'x'.repeat(2_048)}` }, 'validation_failed', '/url'],
    ['with a field that there is not', { url, secret: 'whsec_x' }, 'unknown_field', '/secret'],
    ['with no events', { url, events: [] }, 'validation_failed', '/events'],
    ['with a filter that is none', { url, events: ['*.created'] }, 'validation_failed', '/events/0'],
    ['with events that never happen', { url, events: ['Nota.created'] }, 'validation_failed', '/events/0'],
    ['with events that may not be sent', { url, events: ['Note.created', 'file.ready'] }, 'validation_failed', '/events/1'],
    ['with events of webhooks themselves', { url, events: ['webhook.failed'] }, 'validation_failed', '/events/0'],
    ['with a line break in a header', { url, headers: { 'x-a': 'b\r\nx-c: d' } }, 'validation_failed', '/headers/x-a'],
    ['with a header that is no token', { url, headers: { 'x a': 'b' } }, 'validation_failed', '/headers'],
    ['with a header that is doubled', { url, headers: { 'x-a': 'b', 'X-A': 'c' } }, 'validation_failed', '/headers/X-A'],
    ...['Host', 'connection', 'Transfer-Encoding', 'webhook-signature', 'Webhook-Id', 'content-length', 'user-agent'].map(
      (name) =>
        [`with the header ${name}`, { url, headers: { [name]: 'x' } }, 'validation_failed', `/headers/${name}`] as [
          string,
          unknown,
          ErrorCode,
          string,
        ],
    ),
    [
      'with too many headers',
      { url, headers: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`x-${index}`, 'y'])) },
      'too_many_items',
      '/headers',
    ],
  ];
  it.each(refused)('is refused %s', async (_, body, code, pointer) => {
    const answer = await post(body);
    const problem = expectProblem(answer, { status: 400, code, echo: 'whsec_x' });
    expect(problem.errors?.map((error) => error.pointer).join(' ')).toContain(pointer);
    expect((await backend.done<{ items: unknown[] }>({ path: '/webhooks/endpoints' })).items).toEqual([]);
  });

  it('is refused when there are as many as there may be', async () => {
    for (let made = 0; made < 3; made += 1) await backend.add({ url });
    expectProblem(await post({ url }), { status: 409, code: 'too_many_endpoints' });
  });

  const absent: readonly [string, string, object | undefined][] = [
    ['GET', '', undefined],
    ['PATCH', '', { enabled: false }],
    ['DELETE', '', undefined],
    ['POST', '/rotate-secret', undefined],
    ['POST', '/test', undefined],
    ['GET', '/deliveries', undefined],
    ['GET', `/deliveries/${unknown}`, undefined],
    ['POST', `/deliveries/${unknown}/replay`, undefined],
  ];
  it.each(absent)('that is not there is told so: %s %s', async (method, path, body) => {
    const before = await backend.items('Webhooks');
    expectProblem(await as({ method, path: `/webhooks/endpoints/${unknown}${path}`, body }), { status: 404, code: 'not_found' });
    expectProblem(await as({ method, path: `/webhooks/endpoints/x${path}`, body }), { status: 400, code: 'invalid_id' });
    expect(await backend.items('Webhooks')).toEqual(before);
  });

  it('FN04 shows its secret once, and the values of its headers never', async () => {
    const made = await backend.add({
      url,
      description: 'CRM',
      events: ['Note.created'],
      headers: { Authorization: 'Bearer tenant-token' },
    });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made).toMatchObject({
      url,
      description: 'CRM',
      enabled: true,
      failures: 0,
      headerNames: ['authorization'],
      createdBy: backend.admin.id,
    });
    const rotated = await backend.done<{ secret: string }>({ method: 'POST', path: `/webhooks/endpoints/${made.id}/rotate-secret` });
    for (const path of ['/webhooks/endpoints', `/webhooks/endpoints/${made.id}`]) {
      const { text } = await as({ path });
      expect(text).toContain(made.id);
      for (const hidden of [made.secret, rotated.secret, 'tenant-token']) expect(text).not.toContain(hidden);
    }
  });

  it('has two secrets at the most, and one when the old is to go at once', async () => {
    const { id } = await backend.add({ url });
    const rotate = (body?: object) =>
      backend.done<WebhookEndpoint>({ method: 'POST', path: `/webhooks/endpoints/${id}/rotate-secret`, ...(body && { body }) });
    expect((await rotate()).secrets).toHaveLength(2);
    expect((await rotate()).secrets).toHaveLength(2);
    expect((await rotate({ graceSeconds: 0 })).secrets).toHaveLength(1);
    const day = Date.parse((await rotate()).secrets[1]?.expiresAt ?? '') - backend.local.clock.now();
    expect(day / 86_400_000).toBeCloseTo(1, 2);
    expectProblem(await as({ method: 'POST', path: `/webhooks/endpoints/${id}/rotate-secret`, body: { graceSeconds: -1 } }), {
      status: 400,
      code: 'validation_failed',
    });
  });

  it('is changed in what is given, and left as it was in the rest', async () => {
    const { id } = await backend.add({ url, description: 'CRM', headers: { 'x-a': '1' } });
    const patch = (body: object) => backend.done<WebhookEndpoint>({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body });
    expect(await patch({ events: ['Note.deleted'] })).toMatchObject({
      url,
      description: 'CRM',
      events: ['Note.deleted'],
      headerNames: ['x-a'],
    });
    expect(await patch({ description: null })).not.toHaveProperty('description');
    expect(await patch({ headers: {} })).toMatchObject({ headerNames: [], events: ['Note.deleted'] });
    expect(await patch({ enabled: false })).toMatchObject({ enabled: false, disabledReason: 'admin' });
    expect(await patch({ url: 'https://other.example.com' })).toMatchObject({ url: 'https://other.example.com/', enabled: false });
    expectProblem(await as({ method: 'POST', path: `/webhooks/endpoints/${id}/test` }), { status: 409, code: 'endpoint_disabled' });
  });

  it('costs the requests that it needs, and no more', async () => {
    const { id } = await backend.add({ url });
    const path = `/webhooks/endpoints/${id}`;
    const cost = (call: ApiCall) => backend.requestsOf(() => as(call));
    expect(await cost({ path: '/webhooks/endpoints' })).toEqual({ 'dynamodb:Query': 1 });
    expect(await cost({ path })).toEqual({ 'dynamodb:GetItem': 1 });
    expect(await cost({ method: 'PATCH', path, body: { description: 'x' } })).toEqual({ 'dynamodb:UpdateItem': 1 });
    expect(await cost({ method: 'POST', path: '/webhooks/endpoints', body: { url } })).toEqual({
      'dynamodb:Query': 1,
      'dynamodb:PutItem': 1,
    });
    expect(await cost({ method: 'DELETE', path })).toEqual({ 'dynamodb:DeleteItem': 1 });
  });
});

describe('the log of an endpoint', () => {
  it('is told page by page, the newest first, with cursors that fit it alone', async () => {
    const [one, two] = [await backend.add({ url }), await backend.add({ url })];
    const sent: string[] = [];
    for (let count = 0; count < 5; count += 1)
      sent.unshift((await backend.done<{ id: string }>({ method: 'POST', path: `/webhooks/endpoints/${one.id}/test` })).id);
    const path = `/webhooks/endpoints/${one.id}/deliveries?limit=2`;
    const seen: string[] = [];
    let cursor: string | undefined;
    let first: string | undefined;
    do {
      const page = await backend.done<{ items: { id: string }[]; cursor?: string }>({
        path: cursor === undefined ? path : `${path}&cursor=${cursor}`,
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
      first ??= cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(sent);
    for (const bad of [`/webhooks/endpoints/${two.id}/deliveries?limit=2&cursor=${first}`, `${path}&cursor=abc`])
      expectProblem(await as({ path: bad }), { status: 400, code: 'invalid_cursor' });
    expectProblem(await as({ path: `/webhooks/endpoints/${one.id}/deliveries?limit=101` }), { status: 400, code: 'validation_failed' });
    expectProblem(await as({ path: `/webhooks/endpoints/${one.id}/deliveries?state=failed` }), { status: 400, code: 'unknown_field' });
    expect(await backend.deliveries(two.id)).toEqual([]);
  });
});
