import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from './deliveries-backend.ts';
import { type Body, newToken, PushBackend } from './push-backend.ts';

let backend: PushBackend;
let admin: Person;
let editor: Person;
let anna: Person;
beforeAll(async () => {
  backend = await PushBackend.start();
  [admin, editor, anna] = await Promise.all([backend.person('admins'), backend.person('editors'), backend.person()]);
});
afterAll(() => backend.stop());

const send = (who: Person, body: object, headers: Readonly<Record<string, string>> = {}) =>
  backend.call(who, { method: 'POST', path: '/push/messages', body, headers });
const messageOf = (id: string): Promise<Body> => backend.done(admin, { path: `/push/messages/${id}` });
const logged = async (): Promise<number> => (await backend.itemsOf('M#')).length;
const inSeconds = (seconds: number): string => new Date(backend.local.clock.now() + seconds * 1_000).toISOString();
const hello = { title: 'Hello', body: 'World' };

describe('sendMessage refuses', () => {
  const toAnna = () => ({ to: { users: [anna.id] } });
  const bad: readonly [string, () => object, string, string][] = [
    ['no audience', () => ({ to: {}, ...hello }), '/to', 'validation_failed'],
    ['two audiences', () => ({ to: { users: [anna.id], all: true }, ...hello }), '/to', 'validation_failed'],
    ['no users', () => ({ to: { users: [] }, ...hello }), '/to/users', 'validation_failed'],
    ['1,001 users', () => ({ to: { users: Array.from({ length: 1_001 }, () => anna.id) }, ...hello }), '/to/users', 'too_many_items'],
    ['a message with nothing in it', () => toAnna(), '', 'validation_failed'],
    ['a template beside a title', () => ({ ...toAnna(), title: 'x', template: { name: 'hello' } }), '/template', 'validation_failed'],
    ['a template that there is not', () => ({ ...toAnna(), template: { name: 'bye' } }), '/template/name', 'validation_failed'],
    ['a template without its value', () => ({ ...toAnna(), template: { name: 'hello' } }), '/template/values/name', 'validation_failed'],
    ['a category that there is not', () => ({ ...toAnna(), ...hello, category: 'news' }), '/category', 'validation_failed'],
    ['data under a name of Google’s', () => ({ ...toAnna(), data: { 'google.x': '1' } }), '/data', 'validation_failed'],
    ['data under a name of Apple’s', () => ({ ...toAnna(), data: { aps: '1' } }), '/data', 'validation_failed'],
    ['data that is no text', () => ({ ...toAnna(), data: { a: 1 } }), '/data/a', 'validation_failed'],
    ['an image that is not https', () => ({ ...toAnna(), ...hello, image: 'http://example.com/a.png' }), '/image', 'validation_failed'],
    ['a badge below 0', () => ({ ...toAnna(), badge: -1 }), '/badge', 'validation_failed'],
    ['a time to live beyond 28 days', () => ({ ...toAnna(), ...hello, ttlSeconds: 2_419_201 }), '/ttlSeconds', 'validation_failed'],
    ['a collapse key of 65 bytes', () => ({ ...toAnna(), ...hello, collapseKey: 'é'.repeat(33) }), '/collapseKey', 'validation_failed'],
    ['a time that has passed', () => ({ ...toAnna(), ...hello, sendAt: inSeconds(-1) }), '/sendAt', 'validation_failed'],
    ['a time in 367 days', () => ({ ...toAnna(), ...hello, sendAt: inSeconds(367 * 86_400) }), '/sendAt', 'validation_failed'],
    ['a time that is no time', () => ({ ...toAnna(), ...hello, sendAt: 'tomorrow' }), '/sendAt', 'validation_failed'],
    ['a sender', () => ({ ...toAnna(), ...hello, sender: 'ben' }), '/sender', 'unknown_field'],
  ];

  it.each(bad)('%s, and stores nothing', async (_, body, pointer, code) => {
    const before = await logged();
    expectProblem(await send(admin, body()), { status: 400, code: code as 'validation_failed', pointers: [pointer] });
    expect(await logged()).toBe(before);
  });

  it.each([
    ['PU08 a topic with a slash', 'admin/*', 400, 'invalid_topic'],
    ['PU08 the topic #', '#', 400, 'invalid_topic'],
    ['PU08 a topic of 257 characters', 'a'.repeat(257), 400, 'invalid_topic'],
    ['a topic that there is not', 'weather', 404, 'unknown_topic'],
    ['all as a topic', 'all', 404, 'unknown_topic'],
  ])('%s', async (_, topic, status, code) => {
    expectProblem(await send(admin, { to: { topic }, ...hello }), { status, code: code as 'invalid_topic' });
  });

  it('PU06 what is too large for a platform, with both numbers, before anything is stored', async () => {
    const before = await logged();
    const answer = await send(admin, { to: { all: true }, title: '\u{1F600}'.repeat(1_100) });
    const { detail } = expectProblem(answer, { status: 400, code: 'payload_too_large' });
    expect(detail).toMatch(/makes \d{4} bytes for \w+; (4096|3993) are the most/);
    expect(await logged()).toBe(before);
  });

  const unauthorized: readonly [string, () => Person, () => object][] = [
    ['PU07 a user to a user', () => anna, () => ({ to: { users: [editor.id] } })],
    ['PU07 a user to the own devices', () => anna, () => ({ to: { users: [anna.id] } })],
    ['PU07 a user to a device', () => anna, () => ({ to: { devices: ['A'.repeat(43)] } })],
    ['an editor to all', () => editor, () => ({ to: { all: true } })],
    ['a user to a topic that one may only hear', () => anna, () => ({ to: { topic: 'news' } })],
    ['an editor urgently', () => editor, () => ({ to: { topic: 'news' }, urgent: true })],
  ];
  it.each(unauthorized)('%s with 403', async (_, who, message) => {
    const before = await logged();
    expectProblem(await send(who(), { ...message(), ...hello }), { status: 403, code: 'forbidden' });
    expect(await logged()).toBe(before);
  });
});

describe('sendMessage', () => {
  it('accepts a message with one write and one request to the queue', async () => {
    backend.requests();
    const answer = await send(admin, { to: { users: ['nobody'] }, ...hello });
    const { 'dynamodb:PutItem': puts, 'sqs:SendMessage': sent } = backend.requests();
    expect({ puts, sent }).toEqual({ puts: 1, sent: 1 });
    expect(answer).toMatchObject({
      status: 202,
      json: { status: 'queued', sender: admin.id, message: { to: { users: ['nobody'] }, ...hello } },
    });
    expect(answer.headers['location']).toBe(`/push/messages/${answer.json.id}`);
    await until(
      () => messageOf(answer.json.id),
      ({ status }) => status === 'sent',
    );
  });

  it('lets those send to a topic whom its rules allow it', async () => {
    expect((await send(editor, { to: { topic: 'news' }, ...hello })).status).toBe(202);
    expect((await send(editor, { to: { topic: 'quiet' }, ...hello })).status).toBe(202);
    expect((await send(admin, { to: { topic: 'editorial' }, ...hello, urgent: true })).status).toBe(202);
  });

  it('PU01 reaches a phone through SNS only as long as it is the user’s', async () => {
    const [first, second] = await Promise.all([backend.person(), backend.person()]);
    const token = newToken();
    await backend.register(first, { platform: 'apns', token });
    await backend.register(second, { platform: 'apns', token });
    const toFirst = await send(admin, { to: { users: [first.id] }, title: 'for the first' });
    const toSecond = await send(admin, { to: { users: [second.id] }, title: 'for the second' });
    await until(
      () => messageOf(toSecond.json.id),
      ({ counts }) => counts.sent === 1,
    );
    await until(
      () => messageOf(toFirst.json.id),
      ({ status }) => status === 'sent',
    );
    expect((await messageOf(toFirst.json.id)).counts.sent).toBe(0);
    expect((await backend.done(admin, { path: `/push/messages/${toSecond.json.id}/deliveries` })).items).toMatchObject([
      { owner: second.id, platform: 'apns', status: 'sent' },
    ]);
  });

  it('gives the same answer to the same request with the same key, and one message', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { to: { users: ['nobody'] }, ...hello };
    const before = await logged();
    const answers = await Promise.all([send(admin, body, headers), send(admin, body, headers), send(admin, body, headers)]);
    for (const { status } of answers) expect([202, 409]).toContain(status);
    const again = await send(admin, body, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const ids = new Set([...answers, again].filter(({ status }) => status === 202).map(({ json }) => json.id));
    expect(ids.size).toBe(1);
    expect(await logged()).toBe(before + 1);
    expectProblem(await send(admin, { ...body, title: 'other' }, headers), { status: 422, code: 'idempotency_mismatch' });
    expectProblem(await send(admin, body, { 'idempotency-key': 'a b' }), { status: 400, code: 'invalid_idempotency_key' });
    // The key of another sender is another key.
    expect((await send(editor, { to: { topic: 'news' }, ...hello }, headers)).status).toBe(202);
  });
});

describe('a message for later', () => {
  it('waits for its time, and is sent then', async () => {
    const answer = await send(admin, { to: { users: ['nobody'] }, ...hello, sendAt: inSeconds(3_600) });
    expect(answer).toMatchObject({ status: 202, json: { status: 'scheduled' } });
    backend.local.clock.advance(3_500_000);
    expect((await freshMessage(answer.json.id)).status).toBe('scheduled');
    backend.local.clock.advance(200_000);
    await until(
      () => freshMessage(answer.json.id),
      ({ status }) => status === 'sent',
    );
  });

  it('is called off, once and again, and is not sent', async () => {
    const fresh = await backend.person('admins');
    const { json } = await send(fresh, { to: { users: ['nobody'] }, ...hello, sendAt: inSeconds(3_600) });
    const cancel = () => backend.call(fresh, { method: 'DELETE', path: `/push/messages/${json.id}` });
    expect((await cancel()).status).toBe(204);
    expect((await cancel()).status).toBe(204);
    backend.local.clock.advance(3_700_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await freshMessage(json.id)).status).toBe('canceled');
  });

  it('is not called off any more when it is on its way', async () => {
    const fresh = await backend.person('admins');
    const { json } = await send(fresh, { to: { users: ['nobody'] }, ...hello });
    expectProblem(await backend.call(fresh, { method: 'DELETE', path: `/push/messages/${json.id}` }), {
      status: 409,
      code: 'already_sent',
    });
    const never = '01940000-0000-7000-8000-000000000000';
    expectProblem(await backend.call(fresh, { method: 'DELETE', path: `/push/messages/${never}` }), { status: 404, code: 'not_found' });
    expectProblem(await backend.call(fresh, { method: 'DELETE', path: '/push/messages/1' }), { status: 400, code: 'invalid_id' });
  });

  /** Tokens end while the clock is put forward. */
  const freshMessage = async (id: string): Promise<Body> => backend.done(await backend.person('admins'), { path: `/push/messages/${id}` });
});

describe('the log', () => {
  it('lists the messages of a day page by page, the newest first, with cursors for this list and caller only', async () => {
    const [mine, other] = await Promise.all([backend.person('admins'), backend.person('admins')]);
    for (let count = 0; count < 5; count += 1) await send(mine, { to: { users: ['nobody'] }, title: `m${count}` });
    const day = new Date(backend.local.clock.now()).toISOString().slice(0, 10);
    const list = (query: string, who = mine) => backend.call(who, { path: `/push/messages?${query}` });
    const seen: Body[] = [];
    let cursor: string | undefined;
    do {
      const page: Body = (await list(`day=${day}&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)).json;
      seen.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    const ids = seen.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    expect(seen.slice(0, 5).map(({ message }) => message.title)).toEqual(['m4', 'm3', 'm2', 'm1', 'm0']);
    const { json: first } = await list('limit=1');
    expectProblem(await list(`day=2020-01-01&cursor=${first.cursor}`), { status: 400, code: 'invalid_cursor' });
    expectProblem(await list(`cursor=${first.cursor}`, other), { status: 400, code: 'invalid_cursor' });
    backend.requests();
    expect((await list('day=2020-01-01')).json).toEqual({ items: [] });
    expect(backend.requests()).toMatchObject({ 'dynamodb:Query': 1 });
  });

  it.each([
    ['day=yesterday', 'validation_failed'],
    ['day=2026-02-30', 'validation_failed'],
    ['limit=0', 'validation_failed'],
    ['limit=101', 'validation_failed'],
    ['cursor=abc', 'invalid_cursor'],
    ['page=2', 'unknown_field'],
  ])('refuses %s', async (query, code) => {
    const fresh = await backend.person('admins');
    expectProblem(await backend.call(fresh, { path: `/push/messages?${query}` }), { status: 400, code: code as 'validation_failed' });
  });

  it('tells a message with no deliveries from one that never was', async () => {
    const fresh = await backend.person('admins');
    const { json } = await send(fresh, { to: { users: ['nobody'] }, ...hello });
    const deliveries = (id: string) => backend.call(fresh, { path: `/push/messages/${id}/deliveries` });
    expect((await deliveries(json.id)).json).toEqual({ items: [] });
    for (const never of ['01940000-0000-7000-8000-000000000000', 'ffffffff-ffff-7fff-bfff-ffffffffffff']) {
      expectProblem(await deliveries(never), { status: 404, code: 'not_found' });
      expectProblem(await backend.call(fresh, { path: `/push/messages/${never}` }), { status: 404, code: 'not_found' });
    }
    for (const none of ['1', '01940000-0000-4000-8000-000000000000', '01940000-0000-7000-8000-00000000000G']) {
      expectProblem(await deliveries(none), { status: 400, code: 'invalid_id' });
    }
  });
});
