import type { Caller } from '../../lambdas/runtime/request.ts';
import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import { transactionModels } from './transaction-models.ts';

type Operation = Readonly<Record<string, unknown>>;

const anna = user('anna');
const ben = user('ben');

let data: DataFixture;
beforeAll(async () => {
  data = await startData(transactionModels, ['editors']);
  await data.call('readRecord', { as: anna, model: 'Item', id: 'none' });
});
afterAll(() => data.close());
afterEach(() => {
  data.proxy.fault = undefined;
});

const read = (items: readonly object[], as: Caller = anna, more: object = {}) => data.call('readBatch', { as, body: { items, ...more } });
const write = (operations: readonly Operation[], as: Caller = anna, headers: Record<string, string> = {}) =>
  data.call('writeBatch', { as, body: { operations }, headers });
const create = async (model: string, body: Record<string, unknown>, as: Caller = anna): Promise<string> => {
  const created = await data.call('createRecord', { as, model, body });
  if (created.status !== 201) throw new Error(created.detail);
  return created.body.id;
};
const newItem = (body: Record<string, unknown> = {}, as: Caller = anna): Promise<string> => create('Item', { title: 'A', ...body }, as);
const item = (id: string, model = 'Item') => ({ model, id });
const plain = (count: number, text = 'x'): readonly Operation[] =>
  Array.from({ length: count }, () => ({ op: 'create', model: 'Plain', body: { text } }));
const texts = async (text: string): Promise<number> => (await data.items('Plain')).filter((each) => each['text'] === text).length;
const asked = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);

describe('readBatch', () => {
  it.each<readonly [string, object, string]>([
    ['IN28: no items', { items: [] }, '/items'],
    ['IN28: 101 items', { items: Array.from({ length: 101 }, (_, n) => item(`i${n}`)) }, '/items'],
    ['IN28: one id twice', { items: [item('a'), item('b'), item('a')] }, '/items/2'],
    ['an unknown member', { items: [{ ...item('a'), fields: ['title'] }] }, '/items/0/fields'],
    ['an id that is no text', { items: [{ model: 'Item', id: 1 }] }, '/items/0/id'],
  ])('refuses %s', async (_name, body, pointer) => {
    asked();
    const answer = await data.call('readBatch', { as: anna, body: body as Record<string, unknown> });
    expect(answer).toMatchObject({ status: 400, pointers: expect.arrayContaining([pointer]) });
    expect(asked()).toEqual([]);
  });

  it('names the record that is asked for twice, and takes one id in two models', async () => {
    expect((await read([item('a'), item('a')])).detail).toContain('Item/a is named twice');
    expect(await read([item('a'), item('a', 'Plain')])).toMatchObject({ status: 200 });
  });

  it('AZ15: tells nothing of records that the caller may not read', async () => {
    const own = await Promise.all([newItem(), newItem(), newItem()]);
    const others = [await newItem({}, ben), await newItem({}, ben)];
    const { status, body } = await read([...own, ...others, 'missing'].map((id) => item(id)));
    expect(status).toBe(200);
    expect(body.results.slice(0, 3)).toMatchObject(own.map((id) => ({ status: 200, record: { id, title: 'A', version: 1 } })));
    const [first, second, missing] = body.results.slice(3).map(({ problem, ...rest }: { problem: Record<string, unknown> }) => ({
      ...rest,
      problem: { ...problem, instance: '' },
    }));
    expect(missing).toMatchObject({ status: 404, problem: { code: 'not_found', status: 404, requestId: 'test' } });
    expect(first).toEqual(missing);
    expect(second).toEqual(missing);
  });

  it('answers for each item as a read of it alone would', async () => {
    const id = await newItem({ state: 'public', own: 4 });
    const items = [item(id), item('a', 'Plain'), item('a', 'Nothing'), item('a', '__proto__'), item('../x')];
    asked();
    const { body } = await read(items, guest);
    expect(asked()).toEqual(['BatchGetItem']);
    const codes = body.results.map(({ status, problem }: { status: number; problem?: { code: string } }) => [status, problem?.code]);
    expect(codes).toEqual([
      [200, undefined],
      [401, 'unauthenticated'],
      [404, 'unknown_model'],
      [404, 'unknown_model'],
      [400, 'invalid_id'],
    ]);
    expect(body.results[0].record).not.toHaveProperty('own');
  });

  it('reads 100 records of two models in one request, at half a unit each, or a whole one on demand', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => newItem()));
    const others = await Promise.all(Array.from({ length: 50 }, () => create('Plain', {})));
    const items = [...ids.map((id) => item(id)), ...others.map((id) => item(id, 'Plain'))];
    data.proxy.requests();
    const { body } = await read(items);
    expect(data.proxy.requests()).toEqual([{ operation: 'BatchGetItem', units: 50 }]);
    expect(body.results.map(({ record }: { record: { id: string } }) => record.id)).toEqual([...ids, ...others]);
    await read(items, anna, { consistent: true });
    expect(data.proxy.requests()).toEqual([{ operation: 'BatchGetItem', units: 100 }]);
  });

  it('FI05: asks again for what the database leaves out, and never answers as if it were not there', async () => {
    const id = await newItem();
    let left = 2;
    data.proxy.fault = () => {
      left -= 1;
      return left >= 0 ? 'unprocessed' : undefined;
    };
    asked();
    expect(await read([item(id)])).toMatchObject({ status: 200, body: { results: [{ status: 200, record: { id } }] } });
    expect(asked()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
    data.proxy.fault = () => 'unprocessed';
    expect(await read([item(id)])).toMatchObject({ status: 503, code: 'unavailable', retryAfterSeconds: expect.any(Number) });
  });

  it('reports records that the answer has no room for', async () => {
    const ids = await Promise.all(Array.from({ length: 13 }, () => create('Plain', { text: 'x'.repeat(380_000) })));
    const { status, body } = await read(ids.map((id) => item(id, 'Plain')));
    expect(status).toBe(200);
    expect(JSON.stringify(body).length).toBeLessThan(5_500_000);
    const statuses = body.results.map((result: { status: number }) => result.status);
    expect(statuses).toEqual([...Array(11).fill(200), 413, 413]);
    for (const id of ids) await data.call('deleteRecord', { as: anna, model: 'Plain', id });
    expect(body.results[12].problem).toMatchObject({ code: 'body_too_large', instance: `/data/Plain/${ids[12]}` });
  });
});

describe('writeBatch', () => {
  it.each<readonly [string, object, string]>([
    ['IN28: no operations', { operations: [] }, '/operations'],
    ['IN28: 101 operations', { operations: plain(101) }, '/operations'],
    [
      'IN28: one record twice',
      {
        operations: [
          { op: 'update', model: 'Item', id: 'a', body: {} },
          { op: 'delete', model: 'Item', id: 'a' },
        ],
      },
      '/operations/1',
    ],
    ['AZ30: a batch in a batch', { operations: [{ op: 'batch', operations: [] }] }, '/operations/0'],
    ['AZ30: a path of its own', { operations: [{ op: 'create', model: 'Plain', path: '/admin/users', body: {} }] }, '/operations/0/path'],
    ['a check, which means nothing alone', { operations: [{ op: 'check', model: 'Plain', id: 'a' }] }, '/operations/0'],
  ])('refuses %s', async (_name, body, pointer) => {
    asked();
    const answer = await data.call('writeBatch', { as: anna, body: body as Record<string, unknown> });
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.pointers?.some((each) => each.startsWith(pointer))).toBe(true);
    expect(asked()).toEqual([]);
  });

  it('AZ30: authorizes each operation as if it were sent alone', async () => {
    const bens = await newItem({}, ben);
    const own = await newItem({ slug: 'batch-own' });
    const answer = await write([
      { op: 'update', model: 'Item', id: bens, body: { title: 'stolen' } },
      { op: 'create', model: '../admin/users', body: { email: 'x' } },
      { op: 'create', model: 'batch', body: {} },
      { op: 'create', model: 'Item', body: { title: '' } },
      { op: 'create', model: 'Item', body: { title: 'a', slug: 'batch-own' } },
      { op: 'delete', model: 'Strict', id: 'a' },
      { op: 'update', model: 'Item', id: own, ifMatch: 9, body: { title: 'B' } },
      { op: 'create', model: 'Plain', body: { text: 'beside refusals' } },
    ]);
    expect(answer.status).toBe(200);
    const codes = answer.body.results.map(({ status, problem }: { status: number; problem?: { code: string } }) => [status, problem?.code]);
    expect(codes).toEqual([
      [404, 'not_found'],
      [404, 'unknown_model'],
      [404, 'unknown_model'],
      [400, 'validation_failed'],
      [409, 'not_unique'],
      [428, 'precondition_required'],
      [412, 'version_mismatch'],
      [201, undefined],
    ]);
    expect(answer.body.results[3].problem).toMatchObject({ errors: [{ pointer: '/title' }], instance: '/data/Item' });
    expect(answer.body.results[0].problem.instance).toBe(`/data/Item/${bens}`);
    expect(await texts('beside refusals')).toBe(1);
    expect((await data.items('Item')).filter(({ title }) => title === 'stolen' || title === 'B')).toEqual([]);
    const locked = await write([{ op: 'update', model: 'Item', id: own, body: { locked: 1 } }]);
    expect(locked.body.results).toMatchObject([{ status: 403, problem: { code: 'field_not_allowed' } }]);
    expect((await write(plain(1), guest)).body.results).toMatchObject([{ status: 401, problem: { code: 'unauthenticated' } }]);
  });

  it('gives the results in order, each write at its own price', async () => {
    const ids = await Promise.all(Array.from({ length: 25 }, (_, n) => create('Plain', { n })));
    data.proxy.requests();
    const answer = await write(
      ids.map((id, n) =>
        n % 5 === 0 ? { op: 'delete', model: 'Plain', id } : { op: 'update', model: 'Plain', id, body: { n: { increment: 100 } } },
      ),
    );
    const requests = data.proxy.requests();
    expect(requests).toHaveLength(25);
    expect(requests.reduce((sum, { units }) => sum + units, 0)).toBe(25);
    answer.body.results.forEach((result: unknown, n: number) => {
      expect(result).toEqual(n % 5 === 0 ? { status: 204 } : { status: 200, record: expect.objectContaining({ id: ids[n], n: n + 100 }) });
    });
  });

  it('has the effect of each operation once for one Idempotency-Key', async () => {
    const id = await create('Plain', { n: 0 });
    const operations = [
      { op: 'update', model: 'Plain', id, body: { n: { increment: 1 } } },
      { op: 'create', model: 'Plain', body: { text: 'batch once' } },
    ];
    const headers = { 'idempotency-key': 'batch' };
    const first = await write(operations, anna, headers);
    expect(first).toMatchObject({ status: 200, body: { results: [{ status: 200, record: { n: 1 } }, { status: 201 }] } });
    expect(await write(operations, anna, headers)).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    expect(await texts('batch once')).toBe(1);
    expect(await write([...operations, ...plain(1, 'batch twice')], anna, headers)).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    });
    expect(await data.call('createRecord', { as: anna, model: 'Plain', headers, body: {} })).toMatchObject({ status: 422 });
    expect(await texts('batch twice')).toBe(0);
    expect(await write([{ op: 'update', model: 'Plain', id, body: {} }], anna, { 'idempotency-key': 'a b' })).toMatchObject({
      status: 400,
    });
  });

  it('does under the same key what failed the first time', async () => {
    const operations = [...plain(1, 'kept key'), { op: 'update', model: 'Plain', id: 'later', body: { n: 5 } }];
    const headers = { 'idempotency-key': 'again' };
    expect((await write(operations, anna, headers)).body.results).toMatchObject([{ status: 201 }, { status: 404 }]);
    await create('Plain', { id: 'later' });
    expect((await write(operations, anna, headers)).body.results).toMatchObject([{ status: 201 }, { status: 200, record: { n: 5 } }]);
    expect(await texts('kept key')).toBe(1);
  });

  it('shortens records that the answer has no room for to what the server has set', async () => {
    const ids = await Promise.all(Array.from({ length: 13 }, () => create('Plain', { text: 'x'.repeat(380_000) })));
    const { body } = await write(ids.map((id) => ({ op: 'update', model: 'Plain', id, body: { n: { increment: 1 } } })));
    expect(JSON.stringify(body).length).toBeLessThan(5_000_000);
    expect(body.results[0].record).toMatchObject({ n: 1, text: expect.any(String) });
    const { createdAt, updatedAt } = body.results[12].record;
    expect(body.results[12]).toEqual({ status: 200, record: { id: ids[12], version: 2, createdAt, updatedAt } });
    for (const id of ids) await data.call('deleteRecord', { as: anna, model: 'Plain', id });
  });

  it('tells what the database fails at, operation by operation', async () => {
    const ids = await Promise.all([create('Plain', {}), create('Plain', {})]);
    data.proxy.fault = (_operation, input) =>
      (input['Key'] as { id?: { S?: string } } | undefined)?.id?.S === ids[0] ? 'InternalServerError' : undefined;
    const answer = await write(ids.map((id) => ({ op: 'update', model: 'Plain', id, body: { n: 1 } })));
    expect(answer.body.results).toMatchObject([
      { status: 503, problem: { code: 'unavailable' } },
      { status: 200, record: { n: 1 } },
    ]);
  });
});
