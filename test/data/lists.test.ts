import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import type { Outcome } from './data-worker.ts';
import { testModels } from './test-models.ts';

const anna = user('anna');
const ben = user('ben');
const editor = user('eve', 'editors');

let data: DataFixture;
const ids: string[] = [];

const create = async (as: typeof anna, model: string, body: Record<string, unknown>): Promise<string> => {
  const { body: created, detail } = await data.call('createRecord', { as, model, body });
  if (created === undefined) throw new Error(detail);
  return created.id;
};
const list = (as: typeof anna, query: Record<string, unknown> = {}, model = 'Post'): Promise<Outcome> => {
  const text = Object.entries(query).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  return data.call('listRecords', { as, model, query: Object.fromEntries(text) });
};

beforeAll(async () => {
  data = await startData(testModels, ['editors', 'staff']);
  for (let index = 0; index < 20; index += 1) {
    ids.push(await create(anna, 'Note', { title: `Note ${index}`, priority: index % 4, diary: 'mine' }));
  }
  for (let index = 0; index < 12; index += 1)
    await create(ben, 'Post', { title: `Post ${index}`, published: index % 2 === 0, size: index, noteId: ids[index] });
  for (let index = 0; index < 3; index += 1) await create(anna, 'Post', { title: 'Draft', published: false, size: -index });
});
afterAll(() => data.close());

describe('the parameters of a list', () => {
  it.each([
    [{ limit: 0 }, 'validation_failed'],
    [{ limit: -1 }, 'validation_failed'],
    [{ limit: 1.5 }, 'validation_failed'],
    [{ limit: 'abc' }, 'validation_failed'],
    [{ limit: 101 }, 'validation_failed'],
    [{ limit: '0x10' }, 'validation_failed'],
    [{ limit: '' }, 'validation_failed'],
    [{ filtr: '{}' }, 'unknown_field'],
    [{ fields: 'title,nothing' }, 'unknown_field'],
    [{ fields: '*' }, 'unknown_field'],
    [{ expand: 'nothing' }, 'unknown_field'],
    [{ expand: 'constructor' }, 'unknown_field'],
    [{ sort: 'nothing' }, 'unknown_field'],
    [{ sort: '--title' }, 'unknown_field'],
    [{ filter: '{' }, 'validation_failed'],
    [{ filter: '[]' }, 'invalid_operand'],
    [{ filter: 'null' }, 'invalid_operand'],
    [{ filter: { '#a': 1 } }, 'unknown_field'],
    [{ filter: { ':v': 1 } }, 'unknown_field'],
    [{ filter: { 'title.x': 1 } }, 'unknown_field'],
    [{ filter: { 'attribute_exists(pk)': 1 } }, 'unknown_field'],
    [{ filter: '{"__proto__":{"eq":1}}' }, 'unknown_field'],
    [{ filter: { title: { S: 'x' } } }, 'invalid_operand'],
    [{ filter: { title: { $gt: '' } } }, 'invalid_operand'],
    [{ filter: { title: {} } }, 'invalid_operand'],
    [{ filter: { title: null } }, 'invalid_operand'],
    [{ filter: { title: 5 } }, 'invalid_operand'],
    [{ filter: { size: '5' } }, 'invalid_operand'],
    [{ filter: { size: 1e300 } }, 'invalid_operand'],
    [{ filter: { size: { in: { x: 1 } } } }, 'invalid_operand'],
    [{ filter: { size: { in: [] } } }, 'invalid_operand'],
    [{ filter: { size: { in: Array.from({ length: 101 }, (_each, index) => index) } } }, 'invalid_operand'],
    [{ filter: { size: { between: [5] } } }, 'invalid_operand'],
    [{ filter: { size: { between: [5, 1] } } }, 'invalid_operand'],
    [{ filter: { title: { beginsWith: '' } } }, 'invalid_operand'],
    [{ filter: { published: { gt: false } } }, 'invalid_operand'],
    [{ filter: { createdAt: { gt: 'yesterday' } } }, 'invalid_operand'],
    [{ filter: { or: [] } }, 'invalid_operand'],
    [{ filter: { title: { exists: 'yes' } } }, 'invalid_operand'],
    [{ filter: { title: '\ud800' } }, 'invalid_operand'],
    [{ filter: `${'{"not":'.repeat(50)}{}${'}'.repeat(50)}` }, 'filter_too_complex'],
    [{ filter: { or: Array.from({ length: 51 }, () => ({ size: 1 })) } }, 'filter_too_complex'],
    [{ filter: { title: 'x'.repeat(5_000) } }, 'filter_too_complex'],
  ])('are refused without a read: %j', async (query, code) => {
    data.proxy.requests();
    expect(await list(anna, query)).toMatchObject({ status: 400, code });
    expect(data.proxy.requests()).toEqual([]);
  });

  it('are refused when repeated', async () => {
    const { readParameters } = await import('../../lambdas/runtime/read-parameters.ts');
    expect(() => readParameters(new URLSearchParams('limit=1&limit=2'), ['limit'])).toThrow('once');
  });

  it('keep values of attackers as data', async () => {
    expect(await list(ben, { filter: { state: ':x OR attribute_exists(pk)' } })).toMatchObject({ status: 200, body: { items: [] } });
  });
});

describe('a list without an index', () => {
  it.each([
    [{ filter: { title: 'x' } }, 'index_required', "byTitleAndCreatedAt: ['title', 'createdAt']"],
    [{}, 'index_required', "allByCreatedAt: ['*', 'createdAt']"],
    [{ filter: { title: 'x' }, sort: 'priority' }, 'index_required', "byTitleAndPriority: ['title', 'priority']"],
  ])('is refused with the line to declare: %j', async (query, code, line) => {
    const answer = await list(editor, query, 'Note');
    expect(answer).toMatchObject({ status: 400, code });
    expect(answer.detail).toContain(line);
  });

  it('is refused for an order that the index does not give', async () => {
    const answer = await list(anna, { sort: 'priority' }, 'Note');
    expect(answer).toMatchObject({ status: 400, code: 'sort_not_supported' });
    expect(answer.detail).toContain("byOwnerAndPriority: ['owner', 'priority']");
    expect(await list(anna, { sort: 'meta' }, 'Note')).toMatchObject({ status: 400, code: 'sort_not_supported' });
  });
});

describe('rules in lists', () => {
  it('turn away guests and users without any right', async () => {
    expect(await list(guest, {}, 'Note')).toMatchObject({ status: 401 });
    expect(await list(anna, {}, 'Letter')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await data.call('countRecords', { as: anna, model: 'Letter' })).toMatchObject({ status: 403 });
  });

  it('never show records of others, whatever the filter says', async () => {
    data.proxy.requests();
    expect(await list(ben, { filter: { owner: 'anna' } }, 'Note')).toMatchObject({ status: 200, body: { items: [] } });
    // Own and somebody else's at once: no need to ask.
    expect(data.proxy.requests()).toEqual([]);
    const { body } = await list(guest, { limit: 100 });
    expect(body.items).toHaveLength(6);
    expect((await list(anna, { limit: 100 })).body.items).toHaveLength(9);
    expect((await data.call('countRecords', { as: anna, model: 'Post' })).body).toEqual({ count: 9, complete: true });
    expect((await data.call('countRecords', { as: guest, model: 'Post' })).body).toEqual({ count: 6, complete: true });
  });

  it.each([
    { secret: { beginsWith: 'x' } },
    { or: [{ and: [{ not: { secret: 'x' } }] }] },
    { 'secret.apiKey': 'x' },
    { secret: { exists: true } },
  ])('refuse a filter by a field that the caller may not read: %j', async (filter) => {
    expect(await list(anna, { filter }, 'Note')).toMatchObject({ status: 403, code: 'field_not_allowed' });
    expect(await data.call('countRecords', { as: anna, model: 'Note', query: { filter: JSON.stringify(filter) } })).toMatchObject({
      status: 403,
    });
  });

  it('let the owner filter by the own field in the own records, and nobody else', async () => {
    expect((await list(anna, { filter: { diary: 'mine' }, limit: 100 }, 'Note')).body.items).toHaveLength(20);
    expect(await list(editor, { filter: { diary: 'mine' } }, 'Note')).toMatchObject({ status: 403 });
    expect(await list(anna, { sort: 'secret' }, 'Note')).toMatchObject({ status: 403, code: 'field_not_allowed' });
  });
});

describe('pages', () => {
  it('cost one query of what they hold', async () => {
    data.proxy.requests();
    const { body } = await list(anna, { limit: 10, filter: { owner: 'anna' } }, 'Note');
    expect(body.items.map(({ title }: { title: string }) => title)).toEqual(
      Array.from({ length: 10 }, (_each, index) => `Note ${19 - index}`),
    );
    const [query, ...others] = data.proxy.requests().filter(({ operation }) => operation === 'Query');
    expect(others).toEqual([]);
    expect(query?.units).toBe(0.5);
  });

  it('end after exactly as many records as fit', async () => {
    const first = await list(anna, { limit: 20 }, 'Note');
    expect(first.body.items).toHaveLength(20);
    const last =
      first.body.cursor === undefined ? { body: { items: [] } } : await list(anna, { limit: 20, cursor: first.body.cursor }, 'Note');
    expect(last.body).toEqual({ items: [] });
    expect((await list(ben, {}, 'Note')).body).toEqual({ items: [] });
  });

  it('skip and repeat nothing when records come and go between them', async () => {
    const post = (size: number): Promise<string> => create(anna, 'Post', { title: 'moving', state: 'moving', size });
    const made = await Promise.all([1, 2, 3, 4, 5, 6].map(post));
    const query = { filter: { state: 'moving' }, sort: 'size', limit: 2 };
    const first = await list(anna, query);
    expect(first.body.items.map(({ size }: { size: number }) => size)).toEqual([1, 2]);
    await data.call('deleteRecord', { as: anna, model: 'Post', id: made[1] ?? '' });
    await post(0);
    await post(2.5);
    const second = await list(anna, { ...query, limit: 10, cursor: first.body.cursor });
    expect(second.body.items.map(({ size }: { size: number }) => size)).toEqual([2.5, 3, 4, 5, 6]);
  });
});

describe('cursors', () => {
  it('show nothing and fit one list of one caller only', async () => {
    const { body } = await list(anna, { limit: 5 });
    const cursor = String(body.cursor);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/anna|createdAt|_p_|owner/);
    expect(await list(anna, { limit: 3, cursor, fields: 'title' })).toMatchObject({ status: 200 });
    for (const query of [
      { cursor, filter: { state: 'new' } },
      { cursor, sort: 'size' },
    ]) {
      expect(await list(anna, query)).toMatchObject({ status: 400, code: 'invalid_cursor' });
    }
    expect(await list(ben, { cursor })).toMatchObject({ status: 400, code: 'invalid_cursor' });
    expect(await list(guest, { cursor })).toMatchObject({ status: 400, code: 'invalid_cursor' });
    expect(await list(anna, { cursor }, 'Note')).toMatchObject({ status: 400, code: 'invalid_cursor' });
  });

  it('are refused after any change', async () => {
    const cursor = String((await list(anna, { limit: 5 })).body.cursor);
    const forged = Buffer.from(JSON.stringify([{ id: 'x', owner: 'ben' }])).toString('base64url');
    const flipped = [0, 1, 20, cursor.length - 2].map(
      (at) => `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`,
    );
    for (const bad of ['', 'x', cursor.slice(0, -4), `${cursor}AAAA`, 'A'.repeat(10_000), forged, `B${cursor.slice(1)}`, ...flipped]) {
      expect(await list(anna, { cursor: bad })).toMatchObject({ status: 400, code: 'invalid_cursor' });
    }
  });
});

describe('a filter that no key decides', () => {
  const wide = user('wide');
  beforeAll(async () => {
    const bodies = Array.from({ length: 1_300 }, (_each, index) => ({ title: index === 1_299 ? 'needle' : 'hay' }));
    for (let start = 0; start < bodies.length; start += 100) {
      await Promise.all(bodies.slice(start, start + 100).map((body) => create(wide, 'Note', body)));
    }
  });

  it('reads no more than the budget, and goes on with the cursor', async () => {
    data.proxy.requests();
    const query = { filter: { title: 'needle' }, sort: 'createdAt', limit: 5 };
    const first = await list(wide, query, 'Note');
    expect(first.body.items).toEqual([]);
    expect(data.proxy.requests().reduce((sum, { units }) => sum + units, 0)).toBeLessThan(60);
    const second = await list(wide, { ...query, cursor: first.body.cursor }, 'Note');
    expect(second.body.items).toHaveLength(1);
    expect(second.body.cursor).toBeUndefined();
  });
});

describe('expand', () => {
  it('gives what the caller may read, and null for the rest', async () => {
    const { body } = await list(ben, { filter: { owner: 'ben' }, expand: 'note', limit: 3 });
    for (const post of body.items) expect(post.expanded).toEqual({ note: null });
    data.proxy.requests();
    const seen = await list(editor, { filter: { published: true }, sort: 'createdAt', expand: 'note', limit: 3 });
    expect(data.proxy.requests().map(({ operation }) => operation)).toEqual(['Query', 'BatchGetItem']);
    expect(seen.body.items[0].expanded.note).toMatchObject({ title: 'Note 0', owner: 'anna' });
    expect(seen.body.items[0].expanded.note).not.toHaveProperty('diary');
  });

  it('gives the first page of records that point at one', async () => {
    const id = await create(anna, 'Strict', { text: 'with posts' });
    for (let index = 0; index < 3; index += 1) await create(ben, 'Post', { title: `P${index}`, noteId: id, published: index > 0 });
    const read = (as: typeof anna): Promise<Outcome> => data.call('readRecord', { as, model: 'Strict', id, query: { expand: 'posts' } });
    expect((await read(anna)).body.expanded.posts.items.map(({ title }: { title: string }) => title)).toEqual(['P2', 'P1']);
    expect((await read(ben)).body.expanded.posts.items.map(({ title }: { title: string }) => title)).toEqual(['P2', 'P1', 'P0']);
  });
});
