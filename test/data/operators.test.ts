import { type DataFixture, startData, user } from './data-fixture.ts';
import type { Outcome } from './data-worker.ts';
import { transactionModels } from './transaction-models.ts';

const anna = user('anna');
const ben = user('ben');
const editor = user('eve', 'editors');
const admin = user('ada', 'editors', 'admins');

let data: DataFixture;
beforeAll(async () => {
  data = await startData(transactionModels, ['editors']);
  await data.call('readRecord', { as: anna, model: 'Item', id: 'none' });
});
afterAll(() => data.close());

const newItem = async (body: Record<string, unknown> = {}): Promise<string> => {
  const created = await data.call('createRecord', { as: anna, model: 'Item', body: { title: 'A', ...body } });
  if (created.status !== 201) throw new Error(created.detail);
  return created.body.id;
};
const patch = (id: string, body: Record<string, unknown>, as = anna, headers = {}): Promise<Outcome> =>
  data.call('updateRecord', { as, model: 'Item', id, body, headers });
const stored = async (id: string) => (await data.items('Item')).find((item) => item['id'] === id);
const operations = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);

describe('Operators in a patch', () => {
  it.each<readonly [string, Record<string, unknown>, number, string, readonly string[]]>([
    ['a field that the server sets', { version: { increment: 5 } }, 400, 'read_only_field', ['/version']],
    ['the owner', { owner: { set: 'ben' } }, 400, 'read_only_field', ['/owner']],
    ['a list that is read-only', { lockedTags: { append: ['x'] } }, 403, 'field_not_allowed', ['/lockedTags']],
    ['a number that is read-only', { locked: { increment: 1 } }, 403, 'field_not_allowed', ['/locked']],
    ['an amount that is a text', { priority: { increment: '1' } }, 400, 'validation_failed', ['/priority/increment']],
    ['an amount that is null', { priority: { increment: null } }, 400, 'validation_failed', ['/priority/increment']],
    ['an amount that is a list', { priority: { increment: [1] } }, 400, 'validation_failed', ['/priority/increment']],
    ['a part of a whole number', { priority: { increment: 0.5 } }, 400, 'validation_failed', ['/priority/increment']],
    ['an unknown operator', { priority: { set: 5 } }, 400, 'unknown_field', ['/priority/set']],
    ['no operator', { priority: {} }, 400, 'validation_failed', ['/priority']],
    ['two operators', { tags: { append: ['a'], prepend: ['b'] } }, 400, 'too_many_items', ['/tags']],
    ['an operator of lists on a number', { priority: { append: [1] } }, 400, 'unknown_field', ['/priority/append']],
    ['an operator of numbers on a list', { tags: { increment: 1 } }, 400, 'unknown_field', ['/tags/increment']],
    ['an operator on a text', { title: { append: 'x' } }, 400, 'validation_failed', ['/title']],
    ['a number of listed values', { level: { increment: 1 } }, 400, 'validation_failed', ['/level']],
    ['an amount that breaks the step', { even: { increment: 1 } }, 400, 'validation_failed', ['/even/increment']],
    ['no items', { tags: { append: [] } }, 400, 'validation_failed', ['/tags/append']],
    ['items of another type', { tags: { append: [1] } }, 400, 'validation_failed', ['/tags/append/0']],
    ['items that break the schema', { tags: { append: ['ok', ''] } }, 400, 'validation_failed', ['/tags/append/1']],
    ['more items than the list may have', { tags: { append: ['1', '2', '3', '4', '5', '6'] } }, 400, 'too_many_items', ['/tags/append']],
    ['items beside the ones that are there', { tags: { prepend: ['1', '2', '3', '4'] } }, 400, 'too_many_items', ['/tags']],
    ['a sum above the most', { stock: { increment: 991 } }, 400, 'validation_failed', ['/stock']],
    ['a sum below the least', { stock: { increment: -11 } }, 400, 'validation_failed', ['/stock']],
    ['a sum at an excluded end', { ratio: { increment: 0.5 } }, 400, 'validation_failed', ['/ratio']],
    ['a wrong one beside a good one', { priority: { increment: 1 }, stock: { increment: 5_000 } }, 400, 'validation_failed', ['/stock']],
  ])('refuse %s', async (_name, body, status, code, pointers) => {
    const id = await newItem({ stock: 10, ratio: 0.5, tags: ['a', 'b'] });
    const before = await stored(id);
    const answer = await patch(id, body);
    expect(answer).toMatchObject({ status, code });
    expect(answer.pointers).toEqual(expect.arrayContaining([...pointers]));
    expect(await stored(id)).toEqual(before);
  });

  it('are for patches only', async () => {
    const id = await newItem();
    const put = { as: anna, model: 'Item', id, body: { title: 'A', priority: { increment: 1 } } };
    expect(await data.call('replaceRecord', put)).toMatchObject({ status: 400, pointers: ['/priority'] });
    expect(await data.call('createRecord', { as: anna, model: 'Item', body: put.body })).toMatchObject({ status: 400 });
  });

  it('ask the same rules as values: not hers, not there, of another version, the owner’s own', async () => {
    const id = await newItem();
    const body = { priority: { increment: 1 } };
    expect(await patch(id, body, ben)).toMatchObject({ status: 404 });
    expect(await patch('none', body)).toMatchObject({ status: 404 });
    expect(await patch(id, body, anna, { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    expect(await patch(id, { own: { increment: 1 } }, editor)).toMatchObject({ status: 403, pointers: ['/own'] });
    expect(await stored(id)).toMatchObject({ priority: 3, own: 0, version: 1 });
    expect(await patch(id, { own: { increment: 1 } })).toMatchObject({ status: 200, body: { own: 1 } });
    expect(await patch(id, { locked: { increment: 1 }, lockedTags: { append: ['x'] } }, admin)).toMatchObject({
      status: 200,
      body: { locked: 1, lockedTags: ['x'] },
    });
  });

  it('are one UpdateItem, with the new values in the answer', async () => {
    const id = await newItem({ stock: 10, ratio: 0.1, tags: ['b'] });
    operations();
    const body = {
      title: 'B',
      priority: { increment: -5 },
      stock: { increment: 990 },
      ratio: { increment: 0.2 },
      tags: { prepend: [' a '] },
      log: { append: [{ text: 'first' }] },
      maybe: 7,
    };
    const answer = await patch(id, body);
    expect(operations()).toEqual(['UpdateItem']);
    const expected = { title: 'B', priority: -2, stock: 1_000, ratio: 0.3, tags: ['a', 'b'], log: [{ text: 'first' }], version: 2 };
    expect(answer).toMatchObject({ status: 200, body: expected, headers: { etag: '"2"' } });
    expect(await stored(id)).toMatchObject(expected);
    const listed = await data.call('listRecords', { as: anna, model: 'Item', query: { filter: JSON.stringify({ priority: -2 }) } });
    expect(listed).toMatchObject({ status: 200, body: { items: [{ id }] } });
  });

  it('start from the default, else from nothing, where there is no value', async () => {
    const id = await newItem();
    expect(await patch(id, { stock: { increment: 5 }, log: { prepend: [{ text: 'x' }] } })).toMatchObject({
      status: 200,
      body: { stock: 5, log: [{ text: 'x' }] },
    });
    const other = await newItem();
    expect(await patch(other, { stock: { increment: -1 } })).toMatchObject({ status: 400, pointers: expect.arrayContaining(['/stock']) });
    expect(await patch(other, { ratio: { increment: 0.25 } })).toMatchObject({ status: 200, body: { ratio: 0.25 } });
  });

  it('refuse a sum of more digits, or of more than can be stored', async () => {
    const id = await newItem({ maybe: 1 });
    const { status, code, detail } = await patch(id, { maybe: { increment: 1e-100 } });
    expect([status, code, detail]).toEqual([400, 'validation_failed', expect.stringContaining('digits')]);
    await patch(id, { maybe: 9e125 });
    expect(await patch(id, { maybe: { increment: 9e125 } })).toMatchObject({ status: 400, code: 'validation_failed' });
    const call = { as: anna, model: 'Item', id };
    expect(await data.call('readRecord', call)).toMatchObject({ body: { maybe: 9e125, version: 2 } });
    await data.call('deleteRecord', call);
  });

  it('count a stored null as nothing', async () => {
    const id = await newItem();
    expect(await stored(id)).toMatchObject({ maybe: null });
    expect(await patch(id, { maybe: { increment: 2 } })).toMatchObject({ status: 200, body: { maybe: 2 } });
    operations();
    expect(await patch(id, { maybe: { increment: 2 } })).toMatchObject({ status: 200, body: { maybe: 4 } });
    expect(operations()).toEqual(['UpdateItem']);
  });

  it('keep indexes and unique values right, where those are made of the field', async () => {
    const id = await newItem({ state: 'ranked', rank: 1, code: 41 });
    await newItem({ code: 43 });
    operations();
    expect(await patch(id, { rank: { increment: 6 } })).toMatchObject({ status: 200, body: { rank: 7 } });
    expect(operations()).toEqual(['GetItem', 'PutItem']);
    const query = { filter: JSON.stringify({ state: 'ranked', rank: { gt: 6 } }) };
    const listed = await data.call('listRecords', { as: admin, model: 'Item', query });
    expect(listed).toMatchObject({ status: 200, body: { items: [{ id }] } });
    expect(await patch(id, { code: { increment: 2 } })).toMatchObject({ status: 409, code: 'not_unique', pointers: ['/code'] });
    expect(await patch(id, { code: { increment: 1 } })).toMatchObject({ status: 200, body: { code: 42 } });
    const keys = (await data.items('Constraints')).map(({ pk }) => pk);
    expect(keys).toContain('U#Item#code#=42');
    expect(keys).not.toContain('U#Item#code#=41');
  });

  it('CO04: count exactly 100 for 100 at a time, with a value of its own for each', async () => {
    const id = await newItem({ priority: 0 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => patch(id, { priority: { increment: 1 } })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.priority)).size).toBe(100);
    expect(await stored(id)).toMatchObject({ priority: 100, version: 101 });
  });

  it('never go over the limit, however many come at a time', async () => {
    const id = await newItem({ stock: 990, tags: [] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => patch(id, { stock: { increment: 1 }, tags: { append: ['x'] } })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(15);
    expect(await stored(id)).toMatchObject({ stock: 995, tags: ['x', 'x', 'x', 'x', 'x'] });
  });

  it('happen once for one Idempotency-Key', async () => {
    const id = await newItem({ priority: 0 });
    const headers = { 'idempotency-key': 'increment' };
    const first = await patch(id, { priority: { increment: 4 } }, anna, headers);
    expect(first).toMatchObject({ status: 200, body: { priority: 4 } });
    expect(await patch(id, { priority: { increment: 4 } }, anna, headers)).toMatchObject({ body: { priority: 4, version: 2 } });
    expect(await stored(id)).toMatchObject({ priority: 4, version: 2 });
  });
});
