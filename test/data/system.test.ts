import { causeAttribute } from '../../contracts/events.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';
import { type DataFixture, guest, startData, user } from './data-fixture.ts';
import { testModels } from './test-models.ts';

let data: DataFixture;
beforeAll(async () => {
  data = await startData(testModels, ['editors', 'staff']);
});
afterAll(() => data.close());

const system: Caller = { kind: 'system' };
const forAnn: Caller = { kind: 'system', actor: 'ann' };
const caused = (id: string, depth: number): Caller => ({ kind: 'system', cause: { id, depth } });
const stored = async (model: string, id: string) => (await data.items(model)).find((item) => item['id'] === id);
const operations = (): readonly string[] => data.proxy.requests().map(({ operation }) => operation);

describe('the system as the caller of data', () => {
  it.each([
    ['create', 'createRecord', { title: 'x', owner: 'ann' }],
    ['update', 'updateRecord', { owner: 'bob' }],
    ['replace', 'replaceRecord', { title: 'x', owner: 'bob' }],
  ] as const)('FN15 refuses an owner in the %s of a user, an admin too', async (_name, route, body) => {
    await data.call('createRecord', { as: user('ann'), model: 'Note', body: { id: `own-${_name}`, title: 'mine' } });
    const place = route === 'createRecord' ? {} : { id: `own-${_name}` };
    for (const as of [user('ann'), user('ann', 'admins')]) {
      expect(await data.call(route, { as, model: 'Note', ...place, body })).toMatchObject({ status: 400, code: 'read_only_field' });
    }
    expect(await stored('Note', `own-${_name}`)).toMatchObject({ owner: 'ann', version: 1 });
  });

  it.each([
    ['version', { version: 7 }],
    ['createdAt', { createdAt: '2020-01-01T00:00:00.000Z' }],
    ['updatedAt', { updatedAt: '2020-01-01T00:00:00.000Z' }],
  ])('FN15 refuses %s, which the server sets, even from the system', async (_name, fields) => {
    const answer = await data.call('createRecord', { as: system, model: 'Note', body: { title: 'x', ...fields } });
    expect(answer).toMatchObject({ status: 400, code: 'read_only_field' });
  });

  it.each([[''], [7], [null], ['x'.repeat(129)], [{ a: 1 }]])('refuses %j as an owner', async (owner) => {
    const answer = await data.call('createRecord', { as: system, model: 'Note', body: { title: 'x', owner } });
    expect(answer).toMatchObject({ status: 400, code: 'validation_failed', pointers: ['/owner'] });
  });

  it.each([
    ['_cause', { _cause: { id: 'x', depth: 0, write: 'w' } }],
    ['a field that is not there', { nothing: 1 }],
  ])('refuses %s from the system as from anybody', async (_name, fields) => {
    const answer = await data.call('createRecord', { as: caused('e', 1), model: 'Note', body: { title: 'x', ...fields } });
    expect(answer).toMatchObject({ status: 400, code: 'unknown_field' });
  });

  it.each([
    ['nobody’s, by the system itself', system, {}, undefined],
    ['the acting user’s', forAnn, {}, 'ann'],
    ['whose it is said to be', forAnn, { owner: 'bob' }, 'bob'],
    ['whose it is said to be, without an acting user', system, { owner: 'bob' }, 'bob'],
  ])('makes a record that is %s', async (_name, as, fields, owner) => {
    const made = await data.call('createRecord', { as, model: 'Note', body: { title: 'made', secret: 's', ...fields } });
    expect(made.status).toBe(201);
    expect(made.body.owner).toBe(owner);
    expect(await stored('Note', made.body.id)).toMatchObject({ title: 'made', secret: 's', version: 1, ...(owner && { owner }) });
  });

  it('reads, lists, changes and deletes what no rule opens to anybody else', async () => {
    const { body: note } = await data.call('createRecord', { as: user('cid'), model: 'Note', body: { title: 'private', diary: 'd' } });
    expect((await data.call('readRecord', { as: system, model: 'Note', id: note.id })).body).toMatchObject({ diary: 'd' });
    const patched = await data.call('updateRecord', {
      as: system,
      model: 'Note',
      id: note.id,
      body: { diary: 'e', secret: 't', owner: 'dan' },
    });
    expect(patched.body).toMatchObject({ diary: 'e', secret: 't', owner: 'dan', version: 2 });
    expect((await data.call('readRecord', { as: user('dan'), model: 'Note', id: note.id })).status).toBe(200);
    expect((await data.call('readRecord', { as: user('cid'), model: 'Note', id: note.id })).status).toBe(404);
    const replaced = await data.call('replaceRecord', { as: system, model: 'Note', id: note.id, body: { title: 'n' } });
    expect(replaced.body).toMatchObject({ title: 'n', owner: 'dan', version: 3 });
    expect((await data.call('deleteRecord', { as: system, model: 'Note', id: note.id })).status).toBe(204);
  });

  it('needs the version where the model does, as everybody', async () => {
    const { body } = await data.call('createRecord', { as: system, model: 'Strict', body: { text: 'a' } });
    expect(await data.call('updateRecord', { as: system, model: 'Strict', id: body.id, body: { text: 'b' } })).toMatchObject({
      code: 'precondition_required',
    });
  });

  it('keeps its idempotency keys apart from those of guests', async () => {
    const headers = { 'idempotency-key': 'k' };
    const mine = await data.call('createRecord', { as: system, model: 'Letter', headers, body: { text: 'a' } });
    const theirs = await data.call('createRecord', { as: guest, model: 'Letter', headers, body: { text: 'b' } });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(await data.call('createRecord', { as: system, model: 'Letter', headers, body: { text: 'a' } })).toMatchObject({
      body: mine.body,
    });
  });
});

describe('the cause of a write', () => {
  const by = { id: 'event-1', depth: 3, write: expect.stringMatching(/^[0-9a-f-]{36}$/) };

  it('is stored with what the handling of an event writes, and shown to nobody', async () => {
    const as = caused('event-1', 3);
    const made = await data.call('createRecord', { as, model: 'Note', body: { title: 'a', slug: 'caused' } });
    const { id } = made.body;
    const first = await stored('Note', id);
    expect(first?.[causeAttribute]).toEqual(by);
    data.proxy.requests();
    const changed = await data.call('updateRecord', { as, model: 'Note', id, body: { title: 'b' } });
    expect(operations()).toEqual(['UpdateItem']);
    const second = await stored('Note', id);
    expect(second?.[causeAttribute]).toEqual(by);
    expect(second?.[causeAttribute]).not.toEqual(first?.[causeAttribute]);
    // By a transaction, since the slug is unique.
    await data.call('updateRecord', { as, model: 'Note', id, body: { slug: 'caused-2' } });
    expect((await stored('Note', id))?.[causeAttribute]).not.toEqual(second?.[causeAttribute]);
    const replaced = await data.call('replaceRecord', { as, model: 'Note', id, body: { title: 'c' } });
    expect((await stored('Note', id))?.[causeAttribute]).toEqual(by);
    const read = await data.call('readRecord', { as, model: 'Note', id });
    for (const { body } of [made, changed, replaced, read]) expect(body).not.toHaveProperty(causeAttribute);
    expect(read.headers['etag']).toBe('"4"');
  });

  it('is not written anew by others, whose writes cost what they cost', async () => {
    const { body } = await data.call('createRecord', { as: caused('event-2', 0), model: 'Note', body: { title: 'a', owner: 'ann' } });
    const before = await stored('Note', body.id);
    data.proxy.requests();
    await data.call('updateRecord', { as: user('ann'), model: 'Note', id: body.id, body: { title: 'b' } });
    expect(operations()).toEqual(['UpdateItem']);
    expect((await stored('Note', body.id))?.[causeAttribute]).toEqual(before?.[causeAttribute]);
  });

  it('costs a delete nothing', async () => {
    const { body } = await data.call('createRecord', { as: user('ann'), model: 'Post', body: { title: 'a' } });
    data.proxy.requests();
    expect((await data.call('deleteRecord', { as: caused('event-3', 1), model: 'Post', id: body.id })).status).toBe(204);
    expect(operations()).toEqual(['DeleteItem']);
  });
});
