import type { WebhookDelivery, WebhookReplay } from '../../contracts/webhooks.ts';
import { type Receiver, startReceiver } from './receiver.ts';
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
const add = async (): Promise<{ readonly id: string; readonly path: string }> => {
  paths += 1;
  const path = `/hook-${paths}`;
  const { id } = await backend.add({ url: `${receiver.url}${path}`, events: ['Note.created'] });
  return { id, path };
};
const now = (): string => new Date(backend.local.clock.now()).toISOString();
const longAgo = '2026-01-01T00:00:00Z';
const enable = (id: string, enabled: boolean) => backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled } });
const all = async (id: string, query = ''): Promise<readonly WebhookDelivery[]> => {
  const items: WebhookDelivery[] = [];
  let cursor: string | undefined;
  do {
    const path = `/webhooks/endpoints/${id}/deliveries?limit=100${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const page = await backend.done<{ items: WebhookDelivery[]; cursor?: string }>({ path });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
};
const ids = (deliveries: readonly WebhookDelivery[]): readonly string[] => deliveries.map(({ id }) => id);
const replayCall = (id: string, body: unknown) => ({ method: 'POST', path: `/webhooks/endpoints/${id}/replay`, body });
const replay = (id: string, body: object): Promise<WebhookReplay> => backend.done(replayCall(id, body));
const createNotes = async (count: number): Promise<void> => {
  for (let made = 0; made < count; made += 20) {
    await Promise.all(Array.from({ length: Math.min(20, count - made) }, () => backend.createNote('x')));
  }
};
/** Deliveries that an outage has failed: nobody takes them, until an admin stops it. */
const outage = async (id: string, path: string, count: number): Promise<readonly WebhookDelivery[]> => {
  const earlier = (await all(id)).length;
  receiver.answer(path, { status: 503 });
  await createNotes(count);
  await until(
    () => all(id),
    (seen) => seen.length === earlier + count && seen.every(({ attempts }) => attempts.length > 0),
    60_000,
  );
  await enable(id, false);
  await until(
    async () => backend.local.clock.advance(10_000) ?? all(id, '&status=pending'),
    (seen) => seen.length === 0,
    60_000,
  );
  await enable(id, true);
  receiver.answer(path, { status: 200 });
  return all(id, '&status=failed');
};
/** So many deliveries, when none of them waits any more. */
const settled = (id: string, count: number) =>
  until(
    () => all(id),
    (seen) => seen.length === count && seen.every(({ status }) => status !== 'pending'),
    60_000,
  );

describe('deliveries of one status', () => {
  it('are listed, and no others; another status is refused', async () => {
    const { id, path } = await add();
    await createNotes(1);
    const [good] = ids(await settled(id, 1));
    const failed = ids(await outage(id, path, 2));
    expect(failed).toHaveLength(2);
    receiver.answer(path, { status: 503 });
    await createNotes(1);
    await backend.delivery(id, ({ attempts }) => attempts.length === 1);
    const whole = await all(id);
    expect(ids(await all(id, '&status=succeeded'))).toEqual([good]);
    expect(ids(await all(id, '&status=pending'))).toEqual(ids(whole).slice(0, 1));
    expect(ids(await all(id, '&status=failed'))).toEqual(ids(whole).slice(1, 3));
    const listing = `/webhooks/endpoints/${id}/deliveries?limit=1`;
    const first = await backend.done<{ items: WebhookDelivery[]; cursor: string }>({ path: `${listing}&status=failed` });
    const rest = await backend.done<{ items: WebhookDelivery[] }>({ path: `${listing}&status=failed&cursor=${first.cursor}` });
    expect(ids([...first.items, ...rest.items])).toEqual(failed);
    const refused = await Promise.all(
      ['&status=Failed', '&status=', '&status=failed&status=pending', `&cursor=${first.cursor}`].map((query) =>
        backend.call(backend.admin, { path: `${listing}${query}` }),
      ),
    );
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    const costs = await backend.requestsOf(() => backend.done({ path: `${listing}&status=succeeded` }));
    expect(costs).toEqual({ 'dynamodb:Query': 1 });
  });
});

describe('a replay of all that has failed', () => {
  it.each([
    ['no time', {}, 'validation_failed'],
    ['a time that is none', { since: 'yesterday' }, 'validation_failed'],
    ['a day that there is not', { since: '2026-02-30T00:00:00Z' }, 'validation_failed'],
    ['a time without a zone', { since: '2026-11-24T08:00:00' }, 'validation_failed'],
    ['a number', { since: 1_764_000_000_000 }, 'validation_failed'],
    ['a time that is to come', { since: '2999-01-01T00:00:00Z' }, 'validation_failed'],
    ['an unknown member', { since: longAgo, status: 'succeeded' }, 'unknown_field'],
    ['a cursor that is none', { since: longAgo, cursor: 'bm9uZQ' }, 'invalid_cursor'],
  ])('is refused with %s, and sends nothing', async (_, body, code) => {
    const { id } = await add();
    const before = await backend.items('Webhooks');
    const answer = await backend.call(backend.admin, replayCall(id, body));
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code });
    expect(await backend.items('Webhooks')).toEqual(before);
  });

  it('is refused to others than admins, without an endpoint, and while the endpoint is disabled', async () => {
    const { id, path } = await add();
    await outage(id, path, 1);
    await enable(id, false);
    const before = await backend.items('Webhooks');
    const call = replayCall(id, { since: longAgo });
    expect((await backend.call(undefined, call)).status).toBe(401);
    expect((await backend.call(backend.person, call)).status).toBe(403);
    expect((await backend.call(backend.admin, call)).json).toMatchObject({ code: 'endpoint_disabled' });
    const nowhere = replayCall('01900000-0000-7000-8000-000000000000', { since: longAgo });
    expect((await backend.call(backend.admin, nowhere)).status).toBe(404);
    expect(await backend.items('Webhooks')).toEqual(before);
  });

  it('sends each once, under its id, and nothing that came before or has succeeded', async () => {
    const { id, path } = await add();
    const other = await add();
    const [early] = await outage(id, path, 1);
    backend.local.clock.advance(60_000);
    const since = now();
    await createNotes(1);
    await settled(id, 2);
    const failed = (await outage(id, path, 3)).filter((one) => one.id !== early?.id);
    const before = await backend.items('Webhooks');
    const earlier = receiver.of(path).length;
    const ofOther = receiver.of(other.path).length;
    const both = await Promise.all([replay(id, { since }), replay(id, { since })]);
    expect(Math.max(...both.map(({ replayed }) => replayed))).toBeGreaterThan(0);
    await settled(id, 5);
    const sent = receiver.of(path).slice(earlier);
    expect(sent.map(({ headers }) => headers['webhook-id']).sort()).toEqual(failed.map(({ messageId }) => messageId).sort());
    expect(ids(await all(id, '&status=failed'))).toEqual([early?.id]);
    expect(await replay(id, { since })).toEqual({ replayed: 0 });
    expect(receiver.of(other.path)).toHaveLength(ofOther);
    // Nothing else has changed: the deliveries and what they send.
    const own = new Set(failed.flatMap((one) => [one.id, `M#${one.messageId}`]));
    const rest = (items: typeof before) => items.filter(({ pk, sk }) => ![pk?.['S'], sk?.['S']].some((key) => own.has(String(key))));
    expect(rest(await backend.items('Webhooks'))).toEqual(rest(before));
  });

  it('goes on with the cursor where there are more than a request takes, for the same time and caller only', async () => {
    const { id, path } = await add();
    const since = now();
    expect(await outage(id, path, 103)).toHaveLength(103);
    const earlier = receiver.of(path).length;
    const first = await replay(id, { since });
    expect(first).toEqual({ replayed: 100, cursor: expect.any(String) });
    const elsewhere = await backend.call(backend.admin, replayCall(id, { since: longAgo, cursor: first.cursor }));
    expect(elsewhere.json).toMatchObject({ code: 'invalid_cursor' });
    expect(await replay(id, { since, cursor: first.cursor })).toEqual({ replayed: 3 });
    const deliveries = await settled(id, 103);
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    const sent = receiver.of(path).slice(earlier);
    expect(sent).toHaveLength(103);
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(103);
  }, 240_000);
});

describe('the attempts of a delivery', () => {
  it('are kept up to the newest fifty, with a count of the others', async () => {
    const { id } = await add();
    await createNotes(1);
    const { id: delivery } = await backend.delivery(id, ({ status }) => status === 'succeeded');
    const whole = () => backend.done<WebhookDelivery>({ path: `/webhooks/endpoints/${id}/deliveries/${delivery}` });
    const first = await whole();
    expect(first).not.toHaveProperty('attemptsLeftOut');
    for (let made = 1; made < 53; made += 1) {
      await backend.done({ method: 'POST', path: `/webhooks/endpoints/${id}/deliveries/${delivery}/replay` });
      await until(whole, ({ status, attempts, attemptsLeftOut = 0 }) => status !== 'pending' && attempts.length + attemptsLeftOut > made);
    }
    const last = await whole();
    expect(last.attempts).toHaveLength(50);
    expect(last.attemptsLeftOut).toBe(3);
    const times = last.attempts.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    expect(times[0]?.localeCompare(first.attempts[0]?.at ?? '')).toBe(1);
  });
});
