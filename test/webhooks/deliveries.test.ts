import { Webhook } from 'standardwebhooks';
import { retrySchedule, type WebhookDelivery } from '../../contracts/webhooks.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';
import { until, WebhooksBackend } from './webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start(), startReceiver()]);
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});
afterEach(() => backend.clear());

let paths = 0;
/** A path of the receiver that nobody else uses. */
const newPath = (): string => {
  paths += 1;
  return `/hook-${paths}`;
};
const add = (path: string, more: object = {}) => backend.add({ url: `${receiver.url}${path}`, events: ['Note.*'], ...more });
const arrived = (path: string, count = 1): Promise<readonly Received[]> =>
  until(
    () => receiver.of(path),
    (seen) => seen.length >= count,
  );
const isDone = ({ status }: WebhookDelivery): boolean => status !== 'pending';
const attemptsOf = (path: string): number => receiver.of(path).length;
/** Lets the time of the next attempt come. */
const pass = (seconds: number): void => backend.local.clock.advance(seconds * 1_000);

describe('a delivery', () => {
  it('is what Standard Webhooks says, by its own library, and is sent once for an event', async () => {
    const path = newPath();
    const { id, secret } = await add(path, { headers: { 'X-Tenant': 'acme' } });
    const note = await backend.createNote('Hello — “World”');
    const [request] = await arrived(path);
    const { headers, body } = request as Received;
    const payload = new Webhook(secret).verify(body, headers as Record<string, string>) as {
      type: string;
      timestamp: string;
      data: object;
    };
    expect(payload).toEqual({ type: 'Note.created', timestamp: expect.stringMatching(/^\d{4}-.*Z$/), data: expect.anything() });
    expect(payload.data).toMatchObject({ model: 'Note', id: note.id, version: 1, new: { title: 'Hello — “World”' } });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-tenant': 'acme', 'user-agent': 'plinth-webhooks/1' });
    const delivery = await backend.delivery(id, isDone);
    expect(delivery).toMatchObject({ status: 'succeeded', type: 'Note.created', messageId: headers['webhook-id'], endpointId: id });
    expect(delivery.attempts).toEqual([{ at: expect.any(String), durationMs: expect.any(Number), status: 200 }]);
    const whole = await backend.done<{ body: unknown }>({ path: `/webhooks/endpoints/${id}/deliveries/${delivery.id}` });
    expect(whole.body).toEqual(payload);
    expect(attemptsOf(path)).toBe(1);
  });

  it('goes to the endpoints that listen, and to no others', async () => {
    const [all, notes, updates, users, off] = [newPath(), newPath(), newPath(), newPath(), newPath()];
    await add(all, { events: ['*'] });
    await add(notes);
    await add(updates, { events: ['Note.updated', 'Note.deleted'] });
    await add(users, { events: ['user.*'] });
    await add(off, { enabled: false });
    const { id } = await backend.createNote('One');
    await Promise.all([arrived(all), arrived(notes)]);
    await backend.done({ method: 'DELETE', path: `/data/Note/${id}` }, backend.person);
    await Promise.all([arrived(all, 2), arrived(notes, 2), arrived(updates, 1)]);
    expect([all, notes, updates, users, off].map(attemptsOf)).toEqual([2, 2, 1, 0, 0]);
  });

  it('is signed with the old secret, too, until its time is over', async () => {
    const path = newPath();
    const { id, secret } = await add(path);
    const rotated = await backend.done<{ secret: string; secrets: { expiresAt?: string }[] }>({
      method: 'POST',
      path: `/webhooks/endpoints/${id}/rotate-secret`,
      body: { graceSeconds: 3_600 },
    });
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.secrets.map(({ expiresAt }) => expiresAt !== undefined)).toEqual([false, true]);
    await backend.createNote('Two');
    const [both] = await arrived(path);
    for (const each of [secret, rotated.secret]) new Webhook(each).verify(both?.body ?? '', both?.headers as Record<string, string>);
    expect(String(both?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    pass(3_601);
    await backend.createNote('Three');
    const [, one] = await arrived(path, 2);
    expect(String(one?.headers['webhook-signature']).split(' ')).toHaveLength(1);
    expect((await backend.endpoint(id)).secrets).toHaveLength(1);
  });

  it('is sent by hand as a test, whatever the endpoint listens to', async () => {
    const path = newPath();
    const { id } = await add(path, { events: ['user.deleted'] });
    const sent = await backend.done<WebhookDelivery>({ method: 'POST', path: `/webhooks/endpoints/${id}/test` });
    const [request] = await arrived(path);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ type: 'webhook.test', data: { endpointId: id } });
    expect((await backend.delivery(id, isDone)).id).toBe(sent.id);
  });

  it('goes to the inbox, and not over the network, where the host is another machine', async () => {
    const { id } = await backend.add({ url: 'https://hooks.example.com/in', events: ['Note.created'] });
    await backend.createNote('Out');
    const delivery = await backend.delivery(id, isDone);
    expect(delivery).toMatchObject({ status: 'succeeded', attempts: [{ status: 204 }] });
    const [message] = backend.local.inbox.list('https://hooks.example.com/in');
    expect(message?.channel).toBe('webhook');
    const { headers, body } = JSON.parse(message?.body ?? '') as { headers: Record<string, string>; body: string };
    expect(headers['webhook-id']).toBe(delivery.messageId);
    expect(JSON.parse(body)).toMatchObject({ type: 'Note.created', data: { new: { title: 'Out' } } });
  });
});

describe('an endpoint that has answered 2xx', () => {
  it.each(['cut off', 'trickle'] as const)(
    'has taken the delivery, though the body of its answer is %s',
    async (answer) => {
      const path = newPath();
      receiver.answer(path, answer);
      const { id } = await add(path);
      await backend.createNote('x');
      const [delivery] = await until(
        () => backend.deliveries(id),
        ([first]) => first?.attempts.length === 1,
        30_000,
      );
      expect(delivery).toMatchObject({ status: 'succeeded', attempts: [{ status: 200 }] });
      expect(delivery?.attempts[0]?.error).toBeUndefined();
      expect(attemptsOf(path)).toBe(1);
    },
    60_000,
  );
});

describe('WH13 an endpoint that fails', () => {
  it('is tried again ten times over three days, with the same id, a new time and a new signature; then the delivery has failed', async () => {
    const path = newPath();
    receiver.answer(path, { status: 500, body: 'no\u0007pe' });
    const watcher = newPath();
    await add(watcher, { events: ['*'] });
    const { id } = await add(path, { events: ['Note.created'] });
    await backend.createNote('Again');
    let passed = 0;
    for (let made = 1; made < retrySchedule.length; made += 1) {
      await arrived(path, made);
      const { nextAttemptAt } = await backend.delivery(id, ({ attempts }) => attempts.length === made);
      const seconds = (Date.parse(nextAttemptAt ?? '') - backend.local.clock.now()) / 1_000;
      const planned = retrySchedule[made] ?? 0;
      expect(seconds).toBeGreaterThan(planned - 15);
      expect(seconds).toBeLessThanOrEqual(planned * 1.2 + 1);
      pass(seconds + 1);
      passed += seconds + 1;
    }
    const delivery = await backend.delivery(id, isDone);
    expect(passed).toBeGreaterThanOrEqual(3 * 86_400);
    expect(delivery).toMatchObject({ status: 'failed' });
    expect(delivery.nextAttemptAt).toBeUndefined();
    expect(delivery.attempts).toHaveLength(10);
    expect(delivery.attempts.at(-1)).toMatchObject({ status: 500, error: 'http_500', answer: 'no pe' });
    const requests = receiver.of(path).map(({ headers }) => headers);
    expect(requests).toHaveLength(10);
    expect(new Set(requests.map((headers) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map((headers) => headers['webhook-timestamp'])).size).toBe(10);
    expect(new Set(requests.map((headers) => headers['webhook-signature'])).size).toBe(10);
    expect(await backend.endpoint(id)).toMatchObject({ enabled: true, failures: 10 });
    // What tells of it is not sent to endpoints itself: it would fail again.
    const told = await until(
      () => backend.items('Webhooks'),
      (items) => items.some(({ pk }) => String(pk?.['S']).startsWith('O#')),
    );
    expect(told.find(({ pk }) => String(pk?.['S']).startsWith('O#'))).toMatchObject({ event: { M: { type: { S: 'webhook.failed' } } } });
    expect(receiver.of(watcher).filter(({ body }) => body.includes('webhook.failed'))).toEqual([]);
  });

  it.each([
    ['a redirect, which is not followed', { status: 301, headers: { location: '/elsewhere' } }, { status: 301, error: 'http_301' }],
    ['a broken connection', 'hang up', { error: 'ECONNRESET' }],
    ['an answer without an end, of which little is read', 'endless', { status: 500, answer: 'x'.repeat(1_024) }],
  ] as const)(
    'by %s is tried again',
    async (_, answer, attempt) => {
      const path = newPath();
      receiver.answer(path, answer, { status: 204 });
      const { id } = await add(path);
      await backend.createNote('x');
      await backend.delivery(id, ({ attempts }) => attempts.length === 1);
      expect((await backend.deliveries(id))[0]?.attempts[0]).toMatchObject(attempt);
      pass(10);
      const delivery = await backend.delivery(id, isDone);
      expect(delivery.status).toBe('succeeded');
      expect(attemptsOf('/elsewhere')).toBe(0);
      // It works again.
      expect(
        (
          await until(
            () => backend.endpoint(id),
            ({ failures }) => failures === 0,
          )
        ).failingSince,
      ).toBeUndefined();
    },
    60_000,
  );

  it('by its silence is given up after 15 s, and tried again', async () => {
    const path = newPath();
    receiver.answer(path, 'silent', { status: 200 });
    const { id } = await add(path);
    await backend.createNote('x');
    const waiting = await until(
      () => backend.deliveries(id),
      ([first]) => first?.attempts.length === 1,
      30_000,
    );
    expect(waiting[0]?.attempts[0]).toMatchObject({ error: 'timeout' });
    expect(waiting[0]?.attempts[0]?.durationMs).toBeGreaterThanOrEqual(14_900);
    pass(10);
    expect((await backend.delivery(id, isDone)).status).toBe('succeeded');
  });

  it('by 410 is disabled at once, and its deliveries end', async () => {
    const path = newPath();
    receiver.answer(path, { status: 410 });
    const { id } = await add(path);
    await backend.createNote('x');
    expect(await backend.delivery(id, isDone)).toMatchObject({ status: 'failed', attempts: [{ status: 410 }] });
    await until(
      () => backend.endpoint(id),
      ({ enabled }) => !enabled,
    );
    expect(await backend.endpoint(id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    await backend.createNote('y');
    pass(60);
    expect(attemptsOf(path)).toBe(1);
    const refused = await backend.call(backend.admin, { method: 'POST', path: `/webhooks/endpoints/${id}/test` });
    expect(refused.status).toBe(409);
  });

  it.each([429, 503])(
    'by %i is left alone for as long as it asks',
    async (status) => {
      const path = newPath();
      receiver.answer(path, { status, headers: { 'retry-after': '7000' } }, { status: 200 });
      const { id } = await add(path);
      await backend.createNote('x');
      const { nextAttemptAt } = await backend.delivery(id, ({ attempts }) => attempts.length === 1);
      expect(Date.parse(nextAttemptAt ?? '') - backend.local.clock.now()).toBeGreaterThan(6_900_000);
      pass(6_900);
      await backend.createNote('y');
      await arrived(path, 2);
      expect(attemptsOf(path)).toBe(2);
      pass(200);
      await arrived(path, 3);
    },
    60_000,
  );

  it('for five days is disabled, and begins anew when it is enabled', async () => {
    const path = newPath();
    receiver.answer(path, { status: 500 });
    const { id } = await add(path);
    await backend.createNote('x');
    await backend.delivery(id, ({ attempts }) => attempts.length === 1);
    pass(5 * 86_400 + 60);
    await backend.createNote('y');
    const off = await until(
      () => backend.endpoint(id),
      ({ enabled }) => !enabled,
    );
    expect(off).toMatchObject({ disabledReason: 'failing', failingSince: expect.any(String) });
    const on = await backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled: true } });
    expect(on).toMatchObject({ enabled: true, failures: 0 });
    expect(on).not.toHaveProperty('disabledReason');
  });
});

describe('a replay', () => {
  it('sends a delivery again under its id, and begins the schedule anew', async () => {
    const path = newPath();
    receiver.answer(path, { status: 410 }, { status: 500 }, { status: 200 });
    const { id } = await add(path);
    await backend.createNote('x');
    const failed = await backend.delivery(id, isDone);
    await until(
      () => backend.endpoint(id),
      ({ enabled }) => !enabled,
    );
    const replay = { method: 'POST', path: `/webhooks/endpoints/${id}/deliveries/${failed.id}/replay` };
    expect((await backend.call(backend.admin, replay)).status).toBe(409);
    await backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled: true } });
    expect(await backend.done(replay)).toMatchObject({ id: failed.id, status: 'pending' });
    await arrived(path, 2);
    await backend.delivery(id, ({ attempts }) => attempts.length === 2);
    pass(10);
    const delivery = await backend.delivery(id, isDone);
    expect(delivery).toMatchObject({ id: failed.id, status: 'succeeded', messageId: failed.messageId });
    expect(delivery.attempts.map(({ status }) => status)).toEqual([410, 500, 200]);
    expect(new Set(receiver.of(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});
