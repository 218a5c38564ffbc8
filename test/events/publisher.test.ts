import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { eventLimits } from '../../contracts/events.ts';
import type { Person } from '../data/relations-backend.ts';
import { type Body, EventsBackend, until } from './events-backend.ts';

let backend: EventsBackend;
let ada: Person;

beforeAll(async () => {
  backend = await EventsBackend.start();
  ada = await backend.person();
});
afterAll(() => backend?.stop());

const types = (events: readonly { readonly type: string }[]): readonly string[] => events.map(({ type }) => type);
const tableOf = (model: string): string => JSON.parse(backend.served.outputs['DataTables'] ?? '{}')[model];

describe('changes of records', () => {
  it('tells of a creation, a change and a delete with the images', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'first' });
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { title: 'second' });
    await backend.call(ada, 'DELETE', `/data/Note/${id}`);
    const [made, changed, gone] = await backend.about(id, 3);
    expect(made).toMatchObject({ type: 'Note.created', depth: 0, actor: ada.id, data: { model: 'Note', id, version: 1 } });
    expect(made?.data.new).toMatchObject({ title: 'first', stars: 0, owner: ada.id });
    expect(made?.data.old).toBeUndefined();
    expect(changed).toMatchObject({
      type: 'Note.updated',
      depth: 0,
      data: { version: 2, old: { title: 'first' }, new: { title: 'second' } },
    });
    expect(gone).toMatchObject({ type: 'Note.deleted', data: { version: 2, old: { title: 'second' } } });
    expect(gone?.data.new).toBeUndefined();
    for (const event of [made, changed, gone]) {
      expect(event?.id).toMatch(/^[0-9a-f]{32}$/);
      expect(event?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });

  it('says who made a record, and not who changed or deleted it, which nothing keeps', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'whose' });
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { title: 'changed' });
    await backend.call(ada, 'DELETE', `/data/Note/${id}`);
    const events = await backend.about(id, 3);
    expect(events.map(({ type, actor }) => [type, actor])).toEqual([
      ['Note.created', ada.id],
      ['Note.updated', undefined],
      ['Note.deleted', undefined],
    ]);
  });

  it('shows the last events of a local backend', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'shown' });
    await backend.about(id, 1);
    const shown = (await (await fetch(`${backend.served.endpointUrl}/_plinth/events?limit=1`)).json()) as readonly Body[];
    expect(shown).toMatchObject([{ source: 'plinth', 'detail-type': 'Note.created', detail: { data: { id } } }]);
  });

  it('tells of renamed fields by their names, and nothing that the API does not show', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'x', label: 'blue' });
    const [made] = await backend.about(id, 1);
    expect(Object.keys(made?.data.new).sort()).toEqual(['createdAt', 'id', 'label', 'owner', 'stars', 'title', 'updatedAt', 'version']);
    expect(made?.data.new.label).toBe('blue');
  });

  it('tells of nothing where nothing changed that the API shows', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'quiet' });
    await backend.about(id, 1);
    const update = {
      TableName: tableOf('Note'),
      Key: { id },
      UpdateExpression: 'SET #b = :b',
      ExpressionAttributeNames: { '#b': '$backfilled' },
    };
    await backend.database.send(new UpdateCommand({ ...update, ExpressionAttributeValues: { ':b': 1 } }));
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { title: 'loud' });
    expect(types(await backend.about(id, 2))).toEqual(['Note.created', 'Note.updated']);
  });

  it('tells of a record whose time is over as deleted', async () => {
    const soon = new Date((backend.local?.clock.now() ?? 0) + 60_000).toISOString();
    const { id } = await backend.create(ada, 'Visit', { until: soon });
    await backend.about(id, 1);
    backend.pass(49 * 3_600);
    expect(types(await backend.about(id, 2))).toEqual(['Visit.created', 'Visit.deleted']);
    ada = await backend.person();
  });

  it('leaves out images that do not fit', async () => {
    const half = 'x'.repeat(eventLimits.entryBytes / 2 - 1_000);
    const { id } = await backend.create(ada, 'Note', { title: 'large', body: half });
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { more: 'y'.repeat(3_000) });
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { body: 'small' });
    const [made, changed, shrunk] = await backend.about(id, 3);
    expect(made?.data.new.body).toHaveLength(half.length);
    expect(changed?.data).toEqual({ model: 'Note', id, version: 2, truncated: true });
    expect(shrunk?.data.new.body).toBe('small');
  });

  it('hands events to those only whose `when` holds, or cannot be looked at', async () => {
    const good = await backend.create(ada, 'Note', { title: 'good one', stars: 3 });
    await backend.create(ada, 'Note', { title: 'good but few', stars: 2 });
    await backend.create(ada, 'Note', { title: 'bad', stars: 5 });
    await backend.call(ada, 'DELETE', `/data/Note/${good.id}`);
    const large = await backend.create(ada, 'Note', { title: 'large', body: 'x'.repeat(eventLimits.entryBytes) });
    expect(types(await backend.about(good.id, 2, 'Starred'))).toEqual(['Note.created', 'Note.deleted']);
    expect((await backend.about(large.id, 1, 'Starred'))[0]?.data.truncated).toBe(true);
    const titles = (await backend.seen('Starred'))
      .map(({ data }) => data.new?.title ?? data.old?.title)
      .filter((title) => title !== undefined);
    expect(new Set(titles)).toEqual(new Set(['good one']));
  });
});

describe('outboxes', () => {
  const put = (item: object) =>
    backend.database.send(new PutCommand({ TableName: backend.served.outputs['OutboxName'], Item: { ...item } }));

  it('publishes items that are events, once, and no other items', async () => {
    const orderId = crypto.randomUUID();
    const event = { id: `evt-${orderId}`, type: 'payment.succeeded', data: { orderId, amount: 5 } };
    await put({ id: `S#${orderId}`, event: { type: 'payment.succeeded', data: { orderId } } });
    await put({ id: `E#${orderId}`, event, extra: 1 });
    await put({ id: `E#${orderId}`, event, extra: 2 });
    await backend.database.send(new DeleteCommand({ TableName: backend.served.outputs['OutboxName'], Key: { id: `E#${orderId}` } }));
    const last = crypto.randomUUID();
    await put({ id: `E#${last}`, event: { ...event, id: `evt-${last}`, data: { orderId: last } } });
    await backend.about(last, 1);
    expect(await backend.about(orderId, 1)).toEqual([{ ...event, depth: 0, time: expect.any(String) }]);
  });

  it.each([
    ['has no type', { type: '' }],
    ['has a type that is too long', { type: 'x'.repeat(200) }],
    ['has a time that is none', { type: 'payment.succeeded', time: 'soon' }],
    ['has a depth that is none', { type: 'payment.succeeded', depth: 'x' }],
  ])('FI10 FI14 puts a record whose event %s aside with all that it holds, and those behind it are told', async (_what, wrong) => {
    const orderId = crypto.randomUUID();
    await put({ id: `E#poison-${orderId}`, event: { ...wrong, data: { orderId: 'never' } } });
    await put({ id: `E#${orderId}`, event: { type: 'payment.succeeded', data: { orderId } } });
    await backend.about(orderId, 1);
    const name = backend.deadLetters('events');
    await until(
      () => backend.countIn(name),
      (count) => count === 1,
    );
    const [message] = await backend.drain(name);
    expect(message).toMatchObject({ kind: 'record', fault: { code: 'unreadable' } });
    expect(message.record.dynamodb.NewImage.event.M.data.M.orderId).toEqual({ S: 'never' });
  });
});

describe('recursion', () => {
  it('FN05 stops a function that handles its own changes, puts the event aside, and leaves other work alone', async () => {
    const { id } = await backend.create(ada, 'Loop', {});
    const name = backend.deadLetters('events');
    await until(
      () => backend.countIn(name),
      (count) => count === 1,
    );
    const [message] = (await backend.drain(name)) as Body[];
    expect(message.fault.code).toBe('too_deep');
    expect(message.event).toMatchObject({
      type: 'Loop.updated',
      depth: eventLimits.maxDepth + 1,
      data: { id, new: { turns: eventLimits.maxDepth + 1 } },
    });
    const events = await backend.about(id, eventLimits.maxDepth + 1);
    expect(events.map(({ depth }) => depth)).toEqual(Array.from({ length: eventLimits.maxDepth + 1 }, (_, depth) => depth));
    for (const [index, { cause }] of events.entries()) expect(cause).toBe(index === 0 ? undefined : events[index - 1]?.id);
    const { id: other } = await backend.create(ada, 'Note', { title: 'other work' });
    await backend.about(other, 1);
    const shown = await backend.call(ada, 'GET', `/data/Loop/${id}`);
    expect(Object.keys(shown)).not.toContain('_cause');
  });

  it('takes the mark of an earlier write for no cause', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'marked' });
    const mark = { depth: 3, id: 'evt', write: crypto.randomUUID() };
    const update = { TableName: tableOf('Note'), Key: { id }, UpdateExpression: 'SET #c = :c, #v = #v + :one' };
    const names = { ExpressionAttributeNames: { '#c': '_cause', '#v': 'version' } };
    await backend.database.send(new UpdateCommand({ ...update, ...names, ExpressionAttributeValues: { ':c': mark, ':one': 1 } }));
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { title: 'by hand' });
    await backend.call(ada, 'PUT', `/data/Note/${id}`, { title: 'replaced' });
    const events = await backend.about(id, 4);
    expect(events.map(({ depth, cause }) => ({ depth, cause }))).toEqual([
      { depth: 0 },
      { depth: 4, cause: 'evt' },
      { depth: 0 },
      { depth: 0 },
    ]);
  });
});
