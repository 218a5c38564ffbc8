import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { AnalyticsBackend, type Body } from './analytics-backend.ts';

let backend: AnalyticsBackend;
let ann: Person;

beforeAll(async () => {
  backend = await AnalyticsBackend.start({ guests: true, forwards: true });
  ann = await backend.person();
});
afterAll(async () => {
  await backend.dispose();
});

const viewed = (properties: object = { path: '/' }) => ({ type: 'page.viewed', properties });
const consentOf = (who: Person) => backend.call(who, { path: '/analytics/consent' });
const setConsent = (who: Person | undefined, body: unknown) => backend.call(who, { method: 'PUT', path: '/analytics/consent', body });
const nothingTaken = async (): Promise<void> => {
  expect(await backend.waiting()).toEqual({ bytes: 0, messages: 0 });
  expect(await backend.objects()).toEqual([]);
  expect(backend.local.inbox.list()).toEqual([]);
};

describe('POST /analytics/events refuses', () => {
  const valid = { consent: true, events: [viewed()] };
  it.each([
    ['a body without events', { consent: true }, '/events', 'required'],
    ['no event', { consent: true, events: [] }, '/events', 'too_few_items'],
    ['101 events', { consent: true, events: Array.from({ length: 101 }, () => viewed()) }, '/events', 'too_many_items'],
    ['an unknown field', { ...valid, userId: 'somebody' }, '/userId', 'unknown_field'],
    ['an event with somebody’s id', { consent: true, events: [{ ...viewed(), userId: 'x' }] }, '/events/0/userId', 'unknown_field'],
    ['nothing said of consent', { events: [viewed()] }, '/consent', 'required'],
    ['consent that is no boolean', { ...valid, consent: 'yes' }, '/consent', 'invalid_type'],
    ['a type that is not defined', { consent: true, events: [viewed(), { type: 'page.left' }] }, '/events/1/type', 'invalid_value'],
    ['a type of the prototype', { consent: true, events: [{ type: 'constructor' }] }, '/events/0/type', 'invalid_value'],
    ['a property that is missing', { consent: true, events: [viewed({})] }, '/events/0/properties/path', 'required'],
    [
      'a property that is not defined',
      { consent: true, events: [viewed({ path: '/', who: 1 })] },
      '/events/0/properties/who',
      'unknown_field',
    ],
    ['a time that is none', { consent: true, events: [{ ...viewed(), at: 'today' }] }, '/events/0/at', 'invalid_format'],
    ['an id that is none', { consent: true, events: [{ ...viewed(), id: '1' }] }, '/events/0/id', 'invalid_format'],
    ['an anonymous id with a line break', { ...valid, anonymousId: 'a\nb' }, '/anonymousId', 'invalid_format'],
  ])('%s, and takes none of the batch', async (_, body, pointer, code) => {
    const { status, json } = await backend.record(ann, body);
    expect(status).toBe(400);
    expect(json.errors).toContainEqual(expect.objectContaining({ pointer, code }));
    await nothingTaken();
  });

  it('faults of several events at once, each with its place', async () => {
    const { json } = await backend.record(ann, { consent: true, events: [viewed({ path: 1 }), viewed(), { type: 'no' }] });
    expect(json.errors.map(({ pointer }: Body) => pointer)).toEqual(['/events/0/properties/path', '/events/2/type']);
    await nothingTaken();
  });

  it('more than 256 KB', async () => {
    const events = Array.from({ length: 100 }, () => viewed({ path: '/' }));
    const { status, json } = await backend.record(ann, JSON.stringify({ consent: true, events }) + ' '.repeat(262_144));
    expect([status, json.code]).toEqual([413, 'body_too_large']);
    await nothingTaken();
  });

  it('what has more than a stream and a queue take once it is written out', async () => {
    const event = `{"type":"measured","properties":{"values":[${Array(1_000).fill('1e20').join(',')}]}}`;
    const text = `{"consent":true,"events":[${Array(50).fill(event).join(',')}]}`;
    expect(text.length).toBeLessThan(262_144);
    const { status, json } = await backend.record(ann, text);
    expect([status, json.code]).toEqual([413, 'body_too_large']);
    await nothingTaken();
  });

  it('a guest without a name of its own, and a token that is none', async () => {
    const { json } = await backend.record(undefined, { consent: true, events: [viewed()] });
    expect(json.errors).toEqual([expect.objectContaining({ pointer: '/anonymousId', code: 'required' })]);
    const wrong = await backend.record({ ...ann, token: 'wrong' }, valid);
    expect(wrong.status).toBe(401);
    await nothingTaken();
  });

  it('what a guest says for a user', async () => {
    expect((await setConsent(undefined, { consent: true })).status).toBe(401);
    expect((await setConsent(ann, { consent: null })).status).toBe(400);
    expect((await consentOf(ann)).json).toEqual({ consent: null });
  });
});

describe('WH20 Without consent', () => {
  it('a request that says so is answered with 202, and nothing is sent', async () => {
    const { status, json } = await backend.record(ann, { consent: false, events: [viewed()] });
    expect([status, json]).toEqual([202, { accepted: 0 }]);
    await nothingTaken();
  });

  it('nothing is sent of a user who has opted out, whatever the request says, and of others all', async () => {
    const [bob, eve] = await Promise.all([backend.person(), backend.person()]);
    expect((await setConsent(bob, { consent: false })).json).toEqual({ consent: false });
    expect((await consentOf(bob)).json).toEqual({ consent: false });
    const { status, json } = await backend.record(bob, { consent: true, events: [viewed()] });
    expect([status, json]).toEqual([202, { accepted: 0 }]);
    await nothingTaken();
    expect((await consentOf(eve)).json).toEqual({ consent: null });
    await setConsent(bob, { consent: true });
    expect((await backend.record(bob, { consent: true, events: [viewed()] })).json).toEqual({ accepted: 1 });
    expect(await backend.whenStored(1)).toEqual([expect.objectContaining({ userId: bob.id })]);
  });
});

describe('POST /analytics/events takes', () => {
  it('events with who they are of, the server’s time and no field of the request’s own', async () => {
    const before = (await backend.stored()).length;
    const day = new Date(backend.clock.now()).toISOString().slice(0, 10);
    ann = await backend.person();
    const id = crypto.randomUUID();
    const future = new Date(backend.clock.now() + 86_400_000).toISOString();
    const past = '2026-01-02T03:04:05+01:00';
    const events = [
      { ...viewed({ path: '/ü\u2028"\n' }), id, at: past },
      { type: 'opened', at: future },
    ];
    const { status, json } = await backend.record(ann, { consent: true, anonymousId: 'phone-1', events });
    expect([status, json]).toEqual([202, { accepted: 2 }]);
    const [first, second] = (await backend.whenStored(before + 2)).filter(({ userId }) => userId === ann.id);
    const receivedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const who = { userId: ann.id, anonymousId: 'phone-1', receivedAt };
    const properties = { path: '/ü\u2028"\n' };
    expect(first).toEqual({ ...who, id, type: 'page.viewed', at: '2026-01-02T02:04:05.000Z', properties });
    expect(second).toEqual({
      ...who,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'opened',
      at: second?.receivedAt,
      properties: {},
    });
    const object = (await backend.objects()).find(({ text }) => text.includes(id));
    expect(object?.key).toMatch(new RegExp(`^events/day=${day}/[^/]+\\.gz$`));
    expect(object?.text.split('\n')).toHaveLength(3);
  });

  it('as much as a request may hold, for the bucket and for three services', async () => {
    const before = (await backend.stored()).length;
    const items = Array.from({ length: 45 }, () => ({ sku: 'é'.repeat(18) }));
    const events = Array.from({ length: 100 }, () => ({ type: 'order.paid', properties: { total: 1, items } }));
    expect((await backend.record(undefined, { consent: true, anonymousId: 'visit-0', events })).json).toEqual({ accepted: 100 });
    await backend.whenStored(before + 100);
    await until(
      () => backend.local.inbox.list().filter(({ body }) => body.includes('visit-0')).length,
      (count) => count === 6,
    );
  });

  it('events of a guest under the name that the guest has', async () => {
    const before = (await backend.stored()).length;
    const { json } = await backend.record(undefined, { consent: true, anonymousId: 'visit-1', events: [viewed()] });
    expect(json).toEqual({ accepted: 1 });
    const found = (await backend.whenStored(before + 1)).filter(({ anonymousId }) => anonymousId === 'visit-1');
    expect(found).toHaveLength(1);
    expect(found[0]).not.toHaveProperty('userId');
  });

  it('WH20 no personal data: neither the bucket nor a service outside gets it', async () => {
    const before = (await backend.stored()).length;
    const secret = 'ann@private.example';
    const properties = { total: 5, gift: true, Email: secret, items: [{ sku: 'A', phone: secret }] };
    await backend.record(undefined, { consent: true, anonymousId: 'visit-2', events: [{ type: 'order.paid', properties }] });
    const found = (await backend.whenStored(before + 1)).find(({ anonymousId }) => anonymousId === 'visit-2');
    const clean = { total: 5, gift: true, Email: '[redacted]', items: [{ sku: 'A', phone: '[redacted]' }] };
    expect(found?.properties).toEqual(clean);
    const sent = JSON.stringify(backend.local.inbox.list());
    expect(sent).toContain('[redacted]');
    expect(sent).not.toContain(secret);
    expect(JSON.stringify(await backend.local.dump())).not.toContain(secret);
  });
});
