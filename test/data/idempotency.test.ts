import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import type { Outcome } from './data-worker.ts';
import { testModels } from './test-models.ts';

const anna = user('anna');
let data: DataFixture;
beforeAll(async () => {
  data = await startData(testModels, ['editors', 'staff']);
});
afterAll(() => data.close());

const withKey = (key: string, more: Record<string, string> = {}) => ({ 'idempotency-key': key, ...more });
const create = (key: string, body: Record<string, unknown>, as = anna): Promise<Outcome> =>
  data.call('createRecord', { as, model: 'Note', headers: withKey(key), body });
const titled = async (title: string): Promise<number> => (await data.items('Note')).filter((item) => item['title'] === title).length;
const operations = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);
const replayed = (answer: Outcome): Outcome => ({ ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } });

describe('Idempotency-Key', () => {
  it.each(['', 'a'.repeat(256), 'a b', 'ä', 'a\u0007'])('refuses the key %j', async (key) => {
    expect(await create(key, { title: 'bad key' })).toMatchObject({ status: 400, code: 'invalid_idempotency_key' });
    expect(await titled('bad key')).toBe(0);
  });

  it('creates once for five requests, and gives the first answer again', async () => {
    operations();
    const first = await create('five', { title: 'five' });
    expect(first.status).toBe(201);
    expect(operations().filter((operation) => operation !== 'GetItem')).toEqual(['TransactWriteItems']);
    await data.call('updateRecord', { as: anna, model: 'Note', id: first.body.id, body: { title: 'five' } });
    for (let count = 0; count < 4; count += 1) expect(await create('five', { title: 'five' })).toEqual(replayed(first));
    expect(await titled('five')).toBe(1);
  });

  it('refuses the key for another body or route, and leaves the keys of others alone', async () => {
    const { body } = await create('other', { title: 'one' });
    expect(await create('other', { title: 'two' })).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
    const patch = { as: anna, model: 'Note', id: body.id, headers: withKey('other'), body: { title: 'one' } };
    expect(await data.call('updateRecord', patch)).toMatchObject({ status: 422 });
    expect(await create('other', { title: 'one' }, user('ben'))).toMatchObject({ status: 201, body: { owner: 'ben' } });
    expect(await titled('two')).toBe(0);
  });

  it('makes one of 20 at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('twenty', { title: 'twenty', slug: 'twenty' })));
    expect(await titled('twenty')).toBe(1);
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    for (const { status, code } of answers) expect(status === 201 || code === 'in_progress').toBe(true);
  });

  it('does not pin a refusal', async () => {
    expect(await create('refused', { title: '' })).toMatchObject({ status: 400 });
    expect(await create('refused', { title: 'corrected' })).toMatchObject({ status: 201 });
  });

  it('does an update, a replacement and a delete once', async () => {
    const { body } = await create('writes', { title: 'A', slug: 'writes' });
    const call = { as: anna, model: 'Note', id: body.id };
    const patch = { ...call, headers: withKey('patch'), body: { title: 'B' } };
    operations();
    const patched = await data.call('updateRecord', patch);
    expect(patched).toMatchObject({ status: 200, body: { title: 'B', version: 2 } });
    expect(operations()).toEqual(['BatchGetItem', 'TransactWriteItems']);
    const put = { ...call, headers: withKey('put', { 'if-match': '"2"' }), body: { title: 'C', slug: 'moved' } };
    const replaced = await data.call('replaceRecord', put);
    expect(replaced).toMatchObject({ status: 200, body: { title: 'C', version: 3 } });
    expect(await data.call('updateRecord', patch)).toEqual(replayed(patched));
    expect(await data.call('replaceRecord', put)).toEqual(replayed(replaced));
    const remove = { ...call, headers: withKey('delete') };
    const removed = await data.call('deleteRecord', remove);
    expect(removed).toMatchObject({ status: 204 });
    expect(await data.call('deleteRecord', remove)).toEqual(replayed(removed));
    expect(await data.call('deleteRecord', call)).toMatchObject({ status: 404 });
    expect(await data.call('updateRecord', patch)).toEqual(replayed(patched));
  });

  it('remembers an answer larger than one item', async () => {
    const text = Array.from({ length: 24_000 }, () => Math.random().toString(36).slice(2, 18)).join('');
    const first = await create('large', { title: 'large', body: text });
    expect(first.status).toBe(201);
    expect(await create('large', { title: 'large', body: text })).toEqual(replayed(first));
  });

  it('works for guests where they may write', async () => {
    const call = { as: guest, model: 'Letter', headers: withKey('guest'), body: { text: 'hello' } };
    const first = await data.call('createRecord', call);
    expect(await data.call('createRecord', call)).toEqual(replayed(first));
    expect(await data.items('Letter')).toHaveLength(1);
  });
});
