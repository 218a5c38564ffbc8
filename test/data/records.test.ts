import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import type { Outcome } from './data-worker.ts';
import { testModels } from './test-models.ts';

const anna = user('anna');
const ben = user('ben');
const editor = user('eve', 'editors');
const admin = user('ada', 'editors', 'admins');

let data: DataFixture;
beforeAll(async () => {
  data = await startData(testModels, ['editors', 'staff']);
  // The connection is opened by one request while the function starts.
  await data.call('readRecord', { as: anna, model: 'Note', id: 'none' });
});
afterAll(() => data.close());

const create = async (body: Record<string, unknown>, as = anna, model = 'Note'): Promise<Outcome> =>
  data.call('createRecord', { as, model, body });
const newNote = async (body: Record<string, unknown> = {}): Promise<string> => {
  const { body: created, detail } = await create({ title: 'A', ...body });
  if (created === undefined) throw new Error(detail);
  return created.id;
};
const stored = async (id: string, table = 'Note'): Promise<Readonly<Record<string, unknown>> | undefined> =>
  (await data.items(table)).find((item) => item['id'] === id);
const operations = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);

describe('createRecord', () => {
  it.each([
    ['owner', 'read_only_field'],
    ['version', 'read_only_field'],
    ['createdAt', 'read_only_field'],
    ['updatedAt', 'read_only_field'],
    ['pk', 'unknown_field'],
    ['$expiry', 'unknown_field'],
    ['_s_byState', 'unknown_field'],
    ['Owner', 'unknown_field'],
    ['owner\u200b', 'unknown_field'],
  ])('refuses the field %j', async (name, code) => {
    const before = await data.items('Note');
    const answer = await create({ title: 'A', [name]: 'x' });
    expect(answer).toMatchObject({ status: 400, code, pointers: [`/${name}`] });
    expect(await data.items('Note')).toEqual(before);
  });

  it.each(['USER#b', 'role:admin', '../x', '__meta__', '', 'a'.repeat(65), 'count', 'by', 7])('refuses the id %j', async (id) => {
    expect(await create({ title: 'A', id })).toMatchObject({ status: 400, code: 'invalid_id', pointers: ['/id'] });
  });

  it.each([1e126, 1e300, -1e300, 1e-200])('refuses the number %d, which the database cannot hold', async (number) => {
    expect(await create({ title: 'A', anything: { deep: [number] } })).toMatchObject({ status: 400, pointers: ['/anything/deep/0'] });
  });

  it.each(['2026-02-30T00:00:00Z', '2026-01-01T00:00:00', '2026-06-30T23:59:60Z', '+010000-01-01T00:00:00Z', '0000-01-01T00:00:00+10:00'])(
    'refuses the time %s',
    async (due) => {
      expect(await create({ title: 'A', due })).toMatchObject({ status: 400, pointers: ['/due'] });
    },
  );

  it('stores 32 levels and refuses 33', async () => {
    const nested = (levels: number): unknown => (levels === 1 ? 1 : { a: nested(levels - 1) });
    expect(await create({ title: 'A', anything: nested(33) })).toMatchObject({ status: 400, code: 'too_deep' });
    const { body } = await create({ title: 'A', anything: nested(32) });
    expect((await data.call('readRecord', { as: anna, model: 'Note', id: body.id })).body.anything).toEqual(nested(32));
  });

  it('stores exactly 400 KB and refuses a byte more', async () => {
    const id = 'exactly';
    const fixed = { title: 'A', id };
    const { body } = await create({ ...fixed, id: 'probe', body: '' });
    const { itemBytes } = await import('../../lambdas/data/item-size.ts');
    const rest = 409_600 - itemBytes({ ...body, id });
    expect(await create({ ...fixed, slug: 'large', body: 'é'.repeat(rest / 2 + 1) })).toMatchObject({
      status: 413,
      code: 'item_too_large',
    });
    expect((await data.items('Constraints')).some(({ pk }) => pk === 'U#Note#slug#=large')).toBe(false);
    expect(await create({ ...fixed, body: `${'é'.repeat(Math.floor(rest / 2))}${'a'.repeat(rest % 2)}` })).toMatchObject({ status: 201 });
    expect(await data.call('updateRecord', { as: anna, model: 'Note', id, body: { title: 'AB' } })).toMatchObject({ status: 413 });
    expect(await stored(id)).toMatchObject({ title: 'A', version: 1 });
  });

  it('refuses a key that is too long or empty', async () => {
    expect(await create({ title: 'A', state: 'é'.repeat(1_025) }, anna, 'Post')).toMatchObject({
      status: 400,
      code: 'key_too_long',
      pointers: ['/state'],
    });
    expect(await create({ title: 'A', state: '' }, anna, 'Post')).toMatchObject({ status: 400, pointers: ['/state'] });
  });

  it('tells guests to log in where only users create, and checks the condition where guests may', async () => {
    expect(await create({ title: 'A' }, guest)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await create({ title: 'A' }, guest, 'Post')).toMatchObject({ status: 401 });
    expect(await create({ text: 'spam' }, guest, 'Letter')).toMatchObject({ status: 403, code: 'forbidden' });
    const letter = await create({ text: 'hello' }, guest, 'Letter');
    expect(letter.status).toBe(201);
    // The writer may not read it, so the answer tells what the server set only.
    expect(Object.keys(letter.body).toSorted()).toEqual(['createdAt', 'id', 'updatedAt', 'version']);
    expect(await stored(letter.body.id, 'Letter')).not.toHaveProperty('owner');
  });

  it('refuses a field that the caller may not write, and one of the owner from nobody but others', async () => {
    expect(await create({ title: 'A', secret: 'x' })).toMatchObject({ status: 403, code: 'field_not_allowed', pointers: ['/secret'] });
    expect(await create({ title: 'A', diary: 'x' })).toMatchObject({ status: 201, body: { diary: 'x' } });
  });

  it('makes ids that sort by time and brings times to UTC, with one request', async () => {
    operations();
    const first = await create({ title: 'A', due: '2026-01-01T02:00:00.1239+02:00' });
    expect(operations()).toEqual(['PutItem']);
    const second = await create({ title: 'B' });
    expect(first).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/data/Note/${first.body.id}` },
      body: { version: 1, owner: 'anna', priority: 0 },
    });
    expect(first.body.due).toBe('2026-01-01T00:00:00.123Z');
    expect(first.body.id < second.body.id).toBe(true);
    expect(first.body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('takes a chosen id once, and tells nothing of its holder', async () => {
    expect(await create({ title: 'A', id: 'chosen' })).toMatchObject({ status: 201, body: { id: 'chosen' } });
    const again = await create({ title: 'B', id: 'chosen' }, ben);
    expect(again).toMatchObject({ status: 409, code: 'already_exists' });
    expect(JSON.stringify(again)).not.toContain('anna');
  });
});

describe('a record of somebody else', () => {
  it('looks like one that never was, in every operation', async () => {
    const id = await newNote();
    const before = await stored(id);
    const ask = (target: string): Promise<readonly Outcome[]> =>
      Promise.all([
        data.call('readRecord', { as: ben, model: 'Note', id: target }),
        data.call('updateRecord', { as: ben, model: 'Note', id: target, body: { title: 'B' } }),
        data.call('updateRecord', { as: ben, model: 'Note', id: target, headers: { 'if-match': '"7"' }, body: { title: 'B' } }),
        data.call('updateRecord', { as: ben, model: 'Note', id: target, body: { slug: 'b' } }),
        data.call('replaceRecord', { as: ben, model: 'Note', id: target, body: { title: 'B' } }),
        data.call('deleteRecord', { as: ben, model: 'Note', id: target }),
      ]);
    const answers = await ask(id);
    expect(answers).toEqual(await ask('00000000-0000-7000-8000-000000000000'));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect(await stored(id)).toEqual(before);
  });

  it('is 403 to those who may read but not delete it, and 401 to guests', async () => {
    const id = await newNote();
    expect(await data.call('deleteRecord', { as: editor, model: 'Note', id })).toMatchObject({ status: 403, code: 'forbidden' });
    for (const route of ['readRecord', 'deleteRecord'] as const) {
      expect(await data.call(route, { as: guest, model: 'Note', id })).toMatchObject({ status: 401 });
    }
    expect(await stored(id)).toMatchObject({ version: 1 });
  });

  it('is 404 to guests where they may read something', async () => {
    const { body } = await create({ title: 'A', published: false }, anna, 'Post');
    expect(await data.call('readRecord', { as: guest, model: 'Post', id: body.id })).toMatchObject({ status: 404 });
    expect(await data.call('updateRecord', { as: guest, model: 'Post', id: body.id, body: { title: 'B' } })).toMatchObject({ status: 401 });
  });

  it('keeps its secrets from those who may read the rest', async () => {
    const id = await newNote({ diary: 'mine' });
    await data.call('updateRecord', { as: admin, model: 'Note', id, body: { secret: 'known' } });
    const seen = async (as: typeof anna, fields?: string): Promise<unknown> =>
      (await data.call('readRecord', { as, model: 'Note', id, ...(fields !== undefined && { query: { fields } }) })).body;
    expect(await seen(anna)).not.toHaveProperty('secret');
    expect(await seen(anna, 'secret,title')).toEqual({ id, title: 'A' });
    expect(await seen(editor)).not.toHaveProperty('diary');
    expect(await seen(admin)).toMatchObject({ secret: 'known' });
    expect(await data.call('updateRecord', { as: editor, model: 'Note', id, body: { diary: 'x' } })).toMatchObject({
      status: 403,
      code: 'field_not_allowed',
      pointers: ['/diary'],
    });
    expect(await data.call('updateRecord', { as: anna, model: 'Note', id, body: { diary: 'more' } })).toMatchObject({ status: 200 });
  });
});

describe('readRecord', () => {
  it('costs one read of half a unit, or a whole one when it must be the latest', async () => {
    const id = await newNote();
    data.proxy.requests();
    expect(await data.call('readRecord', { as: anna, model: 'Note', id })).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(data.proxy.requests()).toEqual([{ operation: 'GetItem', units: 0.5 }]);
    await data.call('readRecord', { as: anna, model: 'Note', id, query: { consistent: 'true' } });
    expect(data.proxy.requests()).toEqual([{ operation: 'GetItem', units: 1 }]);
  });

  it('answers 304 to a tag that still holds', async () => {
    const id = await newNote();
    const read = (tag: string): Promise<Outcome> =>
      data.call('readRecord', { as: anna, model: 'Note', id, headers: { 'if-none-match': tag } });
    expect(await read('"1"')).toEqual({ status: 304, headers: { etag: '"1"' } });
    expect(await read('"0", W/"1"')).toMatchObject({ status: 304 });
    expect(await read('"2"')).toMatchObject({ status: 200 });
  });

  it('refuses ids and parameters that cannot be', async () => {
    expect(await data.call('readRecord', { as: anna, model: 'Note', id: 'a#b' })).toMatchObject({ status: 400, code: 'invalid_id' });
    expect(await data.call('readRecord', { as: anna, model: 'Note', id: 'x', query: { feilds: 'a' } })).toMatchObject({
      status: 400,
      code: 'unknown_field',
      pointers: ['/query/feilds'],
    });
    for (const model of ['constructor', '__proto__', 'toString', 'note', '']) {
      expect(await data.call('readRecord', { as: anna, model, id: 'x' })).toMatchObject({ status: 404, code: 'unknown_model' });
    }
  });
});

describe('updateRecord', () => {
  const patch = (id: string, body: Record<string, unknown>, headers: Record<string, string> = {}, as = anna): Promise<Outcome> =>
    data.call('updateRecord', { as, model: 'Note', id, body, headers });

  it.each([
    [{ owner: 'ben' }, 'read_only_field'],
    [{ owner: null }, 'read_only_field'],
    [{ version: null }, 'read_only_field'],
    [{ id: null }, 'id_mismatch'],
    [{ id: 'other' }, 'id_mismatch'],
    [{ title: null }, 'validation_failed'],
    [{ priority: null }, 'validation_failed'],
    [{ nothing: 1 }, 'unknown_field'],
  ])('refuses %j', async (body, code) => {
    const id = await newNote();
    expect(await patch(id, body)).toMatchObject({ status: 400, code: expect.stringMatching(new RegExp(`${code}|required`)) });
    expect(await stored(id)).toMatchObject({ title: 'A', version: 1, owner: 'anna' });
  });

  it('changes the given fields with one request, and keeps what another patch changed meanwhile', async () => {
    const id = await newNote({ body: 'text' });
    operations();
    const answer = await patch(id, { title: 'B', body: null });
    expect(operations()).toEqual(['UpdateItem']);
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { title: 'B', version: 2 } });
    expect(answer.body).not.toHaveProperty('body');
    await Promise.all(
      Array.from({ length: 20 }, (_each, index) => patch(id, index % 2 === 0 ? { title: `T${index}` } : { body: `B${index}` })),
    );
    expect(await stored(id)).toMatchObject({ title: expect.stringMatching(/^T/), body: expect.stringMatching(/^B/), version: 22 });
  });

  it('merges nested objects, also into a field that is not there', async () => {
    const id = await newNote();
    operations();
    expect((await patch(id, { meta: { color: 'red', inner: { x: 1 } } })).body.meta).toEqual({ color: 'red', inner: { x: 1 } });
    expect(operations()).toEqual(['UpdateItem', 'PutItem']);
    expect((await patch(id, { meta: { color: null, inner: { y: 2 } } })).body.meta).toEqual({ inner: { x: 1, y: 2 } });
    expect(operations()).toEqual(['UpdateItem']);
    expect((await patch(id, { label: null })).body.label).toBeNull();
    expect((await patch(id, { anything: [1] })).body.anything).toEqual([1]);
    expect((await patch(id, { anything: { a: null, b: {} } })).body.anything).toEqual({ b: {} });
  });

  it.each([
    ['"1"', 412],
    ['W/"2"', 412],
    ['"x", "y"', 412],
    ['nonsense', 400],
    ['"2', 400],
    ['', 400],
    ['"9", "2"', 200],
    ['*', 200],
    ['"2"', 200],
  ])('answers to If-Match: %s at version 2 with %d', async (tag, status) => {
    const id = await newNote();
    await patch(id, { title: 'B' });
    const answer = await patch(id, { title: 'C' }, { 'if-match': tag });
    expect(answer.status).toBe(status);
    if (status === 412) expect(answer).toMatchObject({ code: 'version_mismatch', headers: { etag: '"2"' } });
    expect(await stored(id)).toMatchObject({ title: status === 200 ? 'C' : 'B' });
  });

  it('lets one of two with the same version win', async () => {
    const id = await newNote();
    const answers = await Promise.all(['B', 'C'].map((title) => patch(id, { title }, { 'if-match': '"1"' })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  });

  it('asks for If-Match where the model does', async () => {
    const { body } = await create({ text: 'a' }, anna, 'Strict');
    const call = { as: anna, model: 'Strict', id: body.id };
    for (const route of ['updateRecord', 'replaceRecord', 'deleteRecord'] as const) {
      expect(await data.call(route, { ...call, body: { text: 'b' } })).toMatchObject({ status: 428, code: 'precondition_required' });
    }
    expect(await data.call('deleteRecord', { ...call, headers: { 'if-match': '"1"' } })).toMatchObject({ status: 204 });
  });

  it('reads first where a part of an index key changes, and loses nothing under 20 writers', async () => {
    const { body } = await create({ title: 'A' }, anna, 'Post');
    const change = (fields: Record<string, unknown>): Promise<Outcome> =>
      data.call('updateRecord', { as: anna, model: 'Post', id: body.id, body: fields });
    operations();
    expect((await change({ size: 5 })).status).toBe(200);
    expect(operations()).toEqual(['GetItem', 'PutItem']);
    const answers = await Promise.all([change({ size: 7 }), change({ title: 'B' }), change({ state: 'old' })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await stored(body.id, 'Post')).toMatchObject({ size: 7, title: 'B', state: 'old', version: 5 });
    const found = await data.call('listRecords', { as: anna, model: 'Post', query: { filter: '{"state":"old","size":7}' } });
    expect(found.body.items).toHaveLength(1);
  });
});

describe('replaceRecord', () => {
  const put = (id: string, body: Record<string, unknown>, as = anna): Promise<Outcome> =>
    data.call('replaceRecord', { as, model: 'Note', id, body });

  it('replaces what the caller may write, and keeps the rest', async () => {
    const id = await newNote({ body: 'text', diary: 'mine', priority: 4 });
    await data.call('updateRecord', { as: admin, model: 'Note', id, body: { secret: 'known' } });
    expect((await put(id, { title: 'B', id })).body).toMatchObject({ title: 'B', priority: 0, version: 3, owner: 'anna' });
    const item = await stored(id);
    expect(item).toMatchObject({ secret: 'known' });
    expect(item).not.toHaveProperty('body');
    expect(item).not.toHaveProperty('diary');
    await put(id, { title: 'C', diary: 'mine' });
    await put(id, { title: 'D' }, editor);
    expect(await stored(id)).toMatchObject({ title: 'D', diary: 'mine' });
  });

  it('refuses another id, what the server sets, missing fields and records that are not there', async () => {
    const id = await newNote();
    expect(await put(id, { title: 'B', id: 'other' })).toMatchObject({ status: 400, code: 'id_mismatch' });
    expect(await put(id, { title: 'B', version: 1 })).toMatchObject({ status: 400, code: 'read_only_field' });
    expect(await put(id, {})).toMatchObject({ status: 400, pointers: ['/title'] });
    expect(await put('absent', { title: 'B' })).toMatchObject({ status: 404 });
    expect(await stored(id)).toMatchObject({ title: 'A', version: 1 });
  });
});

describe('deleteRecord', () => {
  it('removes the record and frees its unique value', async () => {
    const id = await newNote({ slug: 'gone' });
    expect(await create({ title: 'B', slug: 'gone' })).toMatchObject({ status: 409, code: 'not_unique', pointers: ['/slug'] });
    operations();
    expect(await data.call('deleteRecord', { as: anna, model: 'Note', id })).toEqual({ status: 204, headers: {} });
    expect(operations()).toEqual(['GetItem', 'TransactWriteItems']);
    expect(await stored(id)).toBeUndefined();
    expect(await create({ title: 'B', slug: 'gone' })).toMatchObject({ status: 201 });
  });

  it('is one request for models without unique values', async () => {
    const { body } = await create({ title: 'A' }, anna, 'Post');
    operations();
    expect(await data.call('deleteRecord', { as: anna, model: 'Post', id: body.id })).toMatchObject({ status: 204 });
    expect(operations()).toEqual(['DeleteItem']);
  });
});

describe('unique values', () => {
  it('go to one of 50', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => create({ title: 'A', slug: 'wanted' })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    expect((await data.items('Note')).filter(({ slug }) => slug === 'wanted')).toHaveLength(1);
  });

  it('move with the record and find it, long ones too', async () => {
    const long = 'x'.repeat(3_000);
    const id = await newNote({ slug: 'old' });
    operations();
    expect(await data.call('updateRecord', { as: anna, model: 'Note', id, body: { slug: long } })).toMatchObject({ status: 200 });
    expect(operations()).toEqual(['GetItem', 'TransactWriteItems']);
    expect(await data.call('updateRecord', { as: anna, model: 'Note', id, body: { slug: long } })).toMatchObject({ status: 200 });
    expect(operations()).toEqual(['GetItem', 'PutItem']);
    const look = (value: string, as = anna): Promise<Outcome> =>
      data.call('lookUpRecord', { as, model: 'Note', path: { field: 'slug', value } });
    expect(await look(long)).toMatchObject({ status: 200, body: { id } });
    expect(operations()).toEqual(['GetItem', 'GetItem']);
    expect(await look('old')).toMatchObject({ status: 404 });
    expect(await look(long, ben)).toEqual(await look('never'));
    expect(await data.call('lookUpRecord', { as: anna, model: 'Note', path: { field: 'title', value: 'A' } })).toMatchObject({
      status: 404,
    });
  });

  it('end with records that end, and those look deleted at once', async () => {
    const past = Math.floor(Date.now() / 1_000) - 10;
    const { body } = await create({ code: 'c', ends: past }, anna, 'Ticket');
    expect(await stored(body.id, 'Ticket')).toMatchObject({ $expiry: past });
    expect(await data.call('readRecord', { as: anna, model: 'Ticket', id: body.id })).toMatchObject({ status: 404 });
    expect(await data.call('updateRecord', { as: anna, model: 'Ticket', id: body.id, body: { code: 'd' } })).toMatchObject({ status: 404 });
    expect((await data.call('listRecords', { as: anna, model: 'Ticket' })).body.items).toEqual([]);
    expect((await data.call('countRecords', { as: anna, model: 'Ticket' })).body).toEqual({ count: 0, complete: true });
    expect(await create({ code: 'c' }, anna, 'Ticket')).toMatchObject({ status: 201 });
  });
});
