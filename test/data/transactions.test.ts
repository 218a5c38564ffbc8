import { itemBytes } from '../../lambdas/data/item-size.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';
import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import type { Outcome } from './data-worker.ts';
import { transactionModels } from './transaction-models.ts';

type Operation = Readonly<Record<string, unknown>>;

const anna = user('anna');
const ben = user('ben');
const editor = user('eve', 'editors');

let data: DataFixture;
beforeAll(async () => {
  data = await startData(transactionModels, ['editors']);
  await data.call('readRecord', { as: anna, model: 'Item', id: 'none' });
});
afterAll(() => data.close());

const transact = (operations: readonly Operation[], as: Caller = anna, more: { headers?: Record<string, string>; body?: object } = {}) =>
  data.call('runTransaction', { as, body: { operations, ...more.body }, headers: more.headers ?? {} });
const create = async (model: string, body: Record<string, unknown>, as: Caller = anna): Promise<string> => {
  const created = await data.call('createRecord', { as, model, body });
  if (created.status !== 201) throw new Error(created.detail);
  return created.body.id;
};
const newItem = (body: Record<string, unknown> = {}, as: Caller = anna): Promise<string> => create('Item', { title: 'A', ...body }, as);
const stored = async (model: string, id: string) => (await data.items(model)).find((item) => item['id'] === id);
const everything = async () => Promise.all(['Item', 'Entry', 'Strict', 'Plain', 'Constraints'].map((table) => data.items(table)));
const asked = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);
const plain = (count: number, text = 'x'): readonly Operation[] =>
  Array.from({ length: count }, () => ({ op: 'create', model: 'Plain', body: { text } }));

/** Expects a refusal, and that it left everything as it was. */
const expectRefused = async (
  call: () => Promise<Outcome>,
  status: number,
  code: string,
  ...pointers: readonly string[]
): Promise<Outcome> => {
  const before = await everything();
  const answer = await call();
  expect(answer).toMatchObject({ status, code });
  expect(answer.pointers ?? []).toEqual(expect.arrayContaining([...pointers]));
  expect(await everything()).toEqual(before);
  return answer;
};

describe('runTransaction refuses, and nothing is done', () => {
  it.each<readonly [string, unknown, string]>([
    ['no operations', { operations: [] }, '/operations'],
    ['101 operations', { operations: plain(101) }, '/operations'],
    ['operations that are no list', { operations: { op: 'create' } }, '/operations'],
    ['an unknown operation', { operations: [{ op: 'upsert', model: 'Plain', body: {} }] }, '/operations/0/op'],
    ['a transaction within', { operations: [{ op: 'transaction', operations: [] }] }, '/operations/0/op'],
    ['an update without an id', { operations: [{ op: 'update', model: 'Plain', body: {} }] }, '/operations/0/id'],
    ['an id beside the body of a new record', { operations: [{ op: 'create', model: 'Plain', id: 'a', body: {} }] }, '/operations/0/id'],
    ['a misspelt member', { operations: [{ op: 'delete', model: 'Plain', id: 'a', ifmatch: 1 }] }, '/operations/0/ifmatch'],
    ['a tag in place of a version', { operations: [{ op: 'delete', model: 'Plain', id: 'a', ifMatch: '"1"' }] }, '/operations/0/ifMatch'],
  ])('%s', async (_name, body, pointer) => {
    const before = await everything();
    const answer = await data.call('runTransaction', { as: anna, body: body as Record<string, unknown> });
    expect(answer.status).toBe(400);
    expect(answer.pointers).toEqual(expect.arrayContaining([pointer]));
    expect(await everything()).toEqual(before);
  });

  it('CO16: two operations on one record, before the database is asked', async () => {
    const id = await newItem();
    asked();
    const twice = [
      { op: 'update', model: 'Item', id, body: { title: 'B' } },
      { op: 'check', model: 'Item', id },
    ];
    expect(await transact(twice)).toMatchObject({ status: 400, pointers: ['/operations/1'] });
    const created = { op: 'create', model: 'Plain', body: { id: 'same' } };
    expect(await transact([created, ...plain(1), created])).toMatchObject({ status: 400, pointers: ['/operations/2'] });
    expect(asked()).toEqual([]);
    expect(await stored('Plain', 'same')).toBeUndefined();
  });

  it('AZ16: ten writes of which the seventh is on a record of somebody else: hidden 404, readable 403', async () => {
    const hidden = await newItem({}, ben);
    const readable = await newItem({ state: 'public' }, ben);
    const own = await Promise.all(Array.from({ length: 5 }, () => newItem()));
    const around = (id: string): readonly Operation[] => [
      ...own.map((each) => ({ op: 'update', model: 'Item', id: each, body: { title: 'changed' } })),
      { op: 'create', model: 'Item', body: { title: 'new', slug: 'never' } },
      { op: 'update', model: 'Item', id, body: { title: 'stolen' } },
      ...plain(3, 'never'),
    ];
    await expectRefused(() => transact(around(hidden)), 404, 'not_found', '/operations/6');
    await expectRefused(() => transact(around('none')), 404, 'not_found', '/operations/6');
    await expectRefused(() => transact(around(readable)), 403, 'forbidden', '/operations/6');
    const gone = around(hidden).map((each) =>
      each['op'] === 'update' && each['id'] === hidden ? { ...each, op: 'delete', body: undefined } : each,
    );
    await expectRefused(() => transact(gone), 404, 'not_found', '/operations/6');
  });

  it('what each single write would refuse, with the index and the place inside the body', async () => {
    const id = await newItem({ slug: 'taken', stock: 5 });
    const at = (operation: Operation): readonly Operation[] => [...plain(2), operation];
    const refusals: readonly (readonly [Operation, number, string, string])[] = [
      [{ op: 'create', model: 'Nothing', body: {} }, 404, 'unknown_model', '/operations/2'],
      [{ op: 'create', model: '__proto__', body: {} }, 404, 'unknown_model', '/operations/2'],
      [{ op: 'create', model: 'Item', body: { title: '' } }, 400, 'validation_failed', '/operations/2/body/title'],
      [{ op: 'create', model: 'Item', body: { title: 'a', owner: 'ben' } }, 400, 'read_only_field', '/operations/2/body/owner'],
      [{ op: 'create', model: 'Item', body: { title: 'a', slug: 'taken' } }, 409, 'not_unique', '/operations/2/body/slug'],
      [{ op: 'create', model: 'Item', body: { title: 'a', id } }, 409, 'already_exists', '/operations/2'],
      [{ op: 'create', model: 'Item', body: { title: 'a', id: '../x' } }, 400, 'invalid_id', '/operations/2/body/id'],
      [{ op: 'update', model: 'Item', id, body: { locked: 1 } }, 403, 'field_not_allowed', '/operations/2/body/locked'],
      [{ op: 'update', model: 'Item', id, body: { id: 'other' } }, 400, 'id_mismatch', '/operations/2'],
      [{ op: 'update', model: 'Item', id, ifMatch: 7, body: { title: 'b' } }, 412, 'version_mismatch', '/operations/2'],
      [{ op: 'update', model: 'Item', id, body: { stock: { increment: -6 } } }, 400, 'validation_failed', '/operations/2/body/stock'],
      [
        { op: 'update', model: 'Item', id, body: { stock: { increment: '1' } } },
        400,
        'validation_failed',
        '/operations/2/body/stock/increment',
      ],
      [{ op: 'update', model: 'Item', id: 'count', body: {} }, 404, 'not_found', '/operations/2'],
      [{ op: 'replace', model: 'Item', id, body: {} }, 400, 'required', '/operations/2/body/title'],
      [{ op: 'delete', model: 'Item', id, ifMatch: 7 }, 412, 'version_mismatch', '/operations/2'],
      [{ op: 'check', model: 'Item', id, ifMatch: 7 }, 412, 'version_mismatch', '/operations/2'],
      [{ op: 'check', model: 'Item', id: 'none' }, 404, 'not_found', '/operations/2'],
      [{ op: 'delete', model: 'Strict', id: 'none' }, 428, 'precondition_required', '/operations/2'],
      [{ op: 'create', model: 'Entry', body: { itemId: 'none', amount: 1 } }, 400, 'invalid_reference', '/operations/2/body/itemId'],
    ];
    for (const [operation, status, code, pointer] of refusals) {
      const answer = await expectRefused(() => transact(at(operation)), status, code === 'required' ? expect.any(String) : code, pointer);
      expect(answer.detail).toMatch(/^Operation 2: /);
      expect(answer.pointers?.[0]).toBe('/operations/2');
    }
  });

  it('guests, where one operation is for users only', async () => {
    await expectRefused(() => transact(plain(1), guest), 401, 'unauthenticated', '/operations/0');
    const id = await newItem({ state: 'public' });
    await expectRefused(() => transact([{ op: 'check', model: 'Item', id }, ...plain(1)], guest), 401, 'unauthenticated', '/operations/1');
    expect(await transact([{ op: 'check', model: 'Item', id }], guest)).toMatchObject({
      status: 200,
      body: { results: [{ status: 200, id }] },
    });
  });

  it('the first of several bad operations, and the other values of a unique field within itself', async () => {
    const bad = { op: 'create', model: 'Item', body: { title: '' } };
    await expectRefused(() => transact([...plain(1), bad, bad]), 400, 'validation_failed', '/operations/1');
    const same = { op: 'create', model: 'Item', body: { title: 'a', slug: 'both' } };
    await expectRefused(() => transact([same, same]), 409, 'not_unique', '/operations/1', '/operations/1/body/slug');
  });

  it('more writes than a transaction takes, before the database is asked', async () => {
    const withSlugs = Array.from({ length: 51 }, (_, n) => ({ op: 'create', model: 'Item', body: { title: 'a', slug: `many-${n}` } }));
    asked();
    expect(await transact(withSlugs)).toMatchObject({ status: 400, code: 'too_many_items', pointers: ['/operations'] });
    expect(await transact(plain(100), anna, { headers: { 'idempotency-key': 'hundred' } })).toMatchObject({
      status: 400,
      code: 'too_many_items',
    });
    expect(asked()).toEqual([]);
  });

  it('more than 4 MB, before the database is asked', async () => {
    asked();
    expect(await transact(plain(11, 'x'.repeat(390_000)))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(asked()).toEqual([]);
    expect(itemBytes({ text: 'x'.repeat(390_000) }) * 11).toBeGreaterThan(4 * 1_048_576);
  });

  it('more than 4 MB of which the database knows only', async () => {
    const ids = await Promise.all(Array.from({ length: 11 }, () => create('Plain', { text: 'x'.repeat(390_000) })));
    const writes = ids.map((id) => ({ op: 'update', model: 'Plain', id, body: { n: 1 } }));
    expect(await transact(writes)).toMatchObject({ status: 413, code: 'body_too_large' });
    for (const id of ids) await data.call('deleteRecord', { as: anna, model: 'Plain', id });
  });
});

describe('runTransaction', () => {
  it('CO16: does 100 operations in one request, of two write units each', async () => {
    asked();
    const answer = await transact(plain(100));
    expect(data.proxy.requests()).toEqual([{ operation: 'TransactWriteItems', units: 200 }]);
    expect(answer.status).toBe(200);
    expect(answer.body.results).toHaveLength(100);
    expect(new Set(answer.body.results.map(({ id }: { id: string }) => id)).size).toBe(100);
    expect(answer.body.results[0]).toMatchObject({ status: 201, record: { text: 'x', n: 0, version: 1, owner: 'anna' } });
  });

  it('does each kind of operation, several models at once, without reading what it need not know', async () => {
    const id = await newItem({ priority: 1, tags: ['a'] });
    const [kept, gone] = [await create('Plain', { text: 'kept' }), await create('Plain', { text: 'gone' })];
    const strict = await create('Strict', { text: 'old' });
    data.proxy.requests();
    const answer = await transact([
      { op: 'create', model: 'Plain', body: { id: 'chosen', text: 'new' } },
      { op: 'update', model: 'Item', id, body: { priority: { increment: 2 }, tags: { append: ['b'] }, title: 'B' } },
      { op: 'replace', model: 'Strict', id: strict, ifMatch: 1, body: { text: 'new' } },
      { op: 'delete', model: 'Plain', id: gone },
      { op: 'check', model: 'Plain', id: kept, ifMatch: 1 },
    ]);
    expect(data.proxy.requests()).toEqual([{ operation: 'TransactWriteItems', units: expect.any(Number) }]);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        results: [
          { status: 201, id: 'chosen', record: { text: 'new', version: 1 } },
          { status: 200, id },
          { status: 200, id: strict },
          { status: 204, id: gone },
          { status: 200, id: kept },
        ],
      },
    });
    expect(answer.body.results.map((result: object) => 'record' in result)).toEqual([true, false, false, false, false]);
    expect(await stored('Item', id)).toMatchObject({ priority: 3, tags: ['a', 'b'], title: 'B', version: 2 });
    expect(await stored('Strict', strict)).toMatchObject({ text: 'new', version: 2 });
    expect(await stored('Plain', gone)).toBeUndefined();
    expect(await stored('Plain', kept)).toMatchObject({ version: 1 });
  });

  it('reads what it must know in one request, and returns changed records on demand', async () => {
    const [first, second] = [await newItem({ slug: 'read-1' }), await newItem({ slug: 'read-2' })];
    const gone = await newItem({ slug: 'read-3' });
    asked();
    const answer = await transact(
      [
        { op: 'update', model: 'Item', id: first, body: { title: 'B' } },
        { op: 'update', model: 'Item', id: second, body: { slug: 'read-4' } },
        { op: 'delete', model: 'Item', id: gone },
      ],
      anna,
      { body: { returnRecords: true } },
    );
    // The query is that of the one delete, which entries may restrict.
    expect(asked()).toEqual(['BatchGetItem', 'Query', 'TransactWriteItems']);
    expect(answer.body.results).toMatchObject([
      { status: 200, id: first, record: { title: 'B', slug: 'read-1', version: 2 } },
      { status: 200, id: second, record: { slug: 'read-4', version: 2 } },
      { status: 204, id: gone },
    ]);
    const keys = (await data.items('Constraints')).map(({ pk }) => pk);
    expect(keys).toEqual(expect.arrayContaining(['U#Item#slug#=read-1', 'U#Item#slug#=read-4']));
    expect(keys).not.toContain('U#Item#slug#=read-2');
    expect(keys).not.toContain('U#Item#slug#=read-3');
  });

  it('shows of changed records what the caller may read only', async () => {
    const id = await newItem({ state: 'new', own: 5 }, ben);
    const change = { op: 'update', model: 'Item', id, body: { title: 'edited' } };
    const answer = await transact([change, ...plain(1)], editor, { body: { returnRecords: true } });
    expect(answer.body.results[0].record).toMatchObject({ title: 'edited', owner: 'ben' });
    expect(answer.body.results[0].record).not.toHaveProperty('own');
  });

  it('hands unique values over within itself', async () => {
    const [one, two, three] = [await newItem({ slug: 'swap-1' }), await newItem({ slug: 'swap-2' }), await newItem({ slug: 'swap-3' })];
    const swapped = await transact([
      { op: 'update', model: 'Item', id: one, body: { slug: 'swap-2' } },
      { op: 'update', model: 'Item', id: two, body: { slug: 'swap-1' } },
      { op: 'delete', model: 'Item', id: three },
      { op: 'create', model: 'Item', body: { title: 'heir', slug: 'swap-3' } },
    ]);
    expect(swapped.status).toBe(200);
    const holders = new Map((await data.items('Constraints')).map(({ pk, id }) => [pk, id]));
    expect(['1', '2', '3'].map((n) => holders.get(`U#Item#slug#=swap-${n}`))).toEqual([two, one, swapped.body.results[3].id]);
  });

  it('adds counters up, and lets records refer to one that it creates or changes', async () => {
    const old = await newItem();
    const entry = (itemId: string) => ({ op: 'create', model: 'Entry', body: { itemId, amount: 1, kind: 'counted' } });
    const answer = await transact([
      { op: 'create', model: 'Item', body: { title: 'parent', id: 'parent' } },
      entry('parent'),
      entry('parent'),
      entry(old),
      entry(old),
      { op: 'update', model: 'Item', id: old, body: { title: 'changed too' } },
    ]);
    expect(answer).toMatchObject({ status: 200 });
    const query = { filter: JSON.stringify({ kind: 'counted' }) };
    expect(await data.call('countRecords', { as: anna, model: 'Entry', query })).toMatchObject({ body: { count: 4 } });
    const gone = { op: 'delete', model: 'Item', id: 'parent' };
    await expectRefused(() => transact([...plain(1), gone]), 409, 'still_referenced', '/operations/1');
    const fresh = await newItem();
    const both = [{ op: 'delete', model: 'Item', id: fresh }, entry(fresh)];
    await expectRefused(() => transact(both), 400, 'invalid_reference', '/operations/1');
    const hidden = await newItem({}, ben);
    await expectRefused(() => transact([entry(hidden)]), 400, 'invalid_reference', '/operations/0');
  });

  it('does one operation for the price of one, a check included', async () => {
    const id = await newItem();
    data.proxy.requests();
    expect(await transact([{ op: 'update', model: 'Item', id, body: { priority: { increment: 1 } } }])).toMatchObject({ status: 200 });
    expect(asked()).toEqual(['UpdateItem']);
    expect(await transact([{ op: 'check', model: 'Item', id, ifMatch: 2 }])).toMatchObject({ status: 200 });
    expect(asked()).toEqual(['TransactWriteItems']);
  });

  it('moves an amount, however many do it at a time: nothing is lost and nothing overdrawn', async () => {
    const [from, to] = [await newItem({ stock: 10 }), await newItem({ stock: 0 })];
    const move = () =>
      transact([
        { op: 'update', model: 'Item', id: from, body: { stock: { increment: -2 } } },
        { op: 'update', model: 'Item', id: to, body: { stock: { increment: 2 } } },
      ]);
    const answers = await Promise.all(Array.from({ length: 8 }, move));
    for (const { status } of answers) expect([200, 400, 409]).toContain(status);
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeLessThanOrEqual(5);
    expect(done).toBeGreaterThan(0);
    expect(await stored('Item', from)).toMatchObject({ stock: 10 - 2 * done });
    expect(await stored('Item', to)).toMatchObject({ stock: 2 * done });
  });

  it('tries again when it meets another transaction, then gives 409', async () => {
    const id = await newItem();
    const change = [{ op: 'update', model: 'Item', id, body: { title: 'B' } }, ...plain(1)];
    let left = 2;
    data.proxy.fault = () => {
      left -= 1;
      return left >= 0 ? 'TransactionConflictException' : undefined;
    };
    expect(await transact(change)).toMatchObject({ status: 200 });
    data.proxy.fault = () => 'TransactionConflictException';
    const before = await everything();
    expect(await transact(change)).toMatchObject({ status: 409, code: 'write_conflict' });
    data.proxy.fault = undefined;
    expect(await everything()).toEqual(before);
  });
});

describe('runTransaction with an Idempotency-Key', () => {
  const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });

  it('has its effect once, and gives the first answer again', async () => {
    const id = await newItem({ priority: 0 });
    const operations = [{ op: 'update', model: 'Item', id, body: { priority: { increment: 1 } } }, ...plain(1, 'once')];
    asked();
    const first = await transact(operations, anna, withKey('once'));
    expect(asked()).toEqual(['TransactWriteItems']);
    expect(first.status).toBe(200);
    for (let count = 0; count < 4; count += 1) {
      const again = await transact(operations, anna, withKey('once'));
      expect(again).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    }
    expect(await stored('Item', id)).toMatchObject({ priority: 1, version: 2 });
    expect((await data.items('Plain')).filter(({ text }) => text === 'once')).toHaveLength(1);
    const other = await expectRefused(() => transact(plain(1, 'other'), anna, withKey('once')), 422, 'idempotency_mismatch');
    expect(other.pointers).toBeUndefined();
    expect(await transact(plain(1, 'other'), ben, withKey('once'))).toMatchObject({ status: 200 });
  });

  it('has it once with records that are read before, and for 10 at a time', async () => {
    const id = await newItem({ slug: 'keyed', priority: 0 });
    const operations = [{ op: 'update', model: 'Item', id, body: { slug: 'keyed-2', priority: { increment: 1 } } }, ...plain(1, 'ten')];
    const answers = await Promise.all(Array.from({ length: 10 }, () => transact(operations, anna, withKey('ten'))));
    for (const { status, code } of answers) expect(status === 200 || code === 'in_progress').toBe(true);
    expect(await stored('Item', id)).toMatchObject({ priority: 1, slug: 'keyed-2', version: 2 });
    expect((await data.items('Plain')).filter(({ text }) => text === 'ten')).toHaveLength(1);
  });

  it('does not pin a refusal', async () => {
    expect(await transact([...plain(1), { op: 'create', model: 'Item', body: { title: '' } }], anna, withKey('refused'))).toMatchObject({
      status: 400,
    });
    expect(await transact(plain(1), anna, withKey('refused'))).toMatchObject({ status: 200 });
  });
});
