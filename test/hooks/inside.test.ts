import type { Caller } from '../../lambdas/runtime/request.ts';
import type { Body, Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { HooksBackend } from './hooks-backend.ts';
import type { InsideEvent } from './inside-handler.ts';

let backend: HooksBackend;
let ann: Person;
let bob: Person;
let orderId: string;

beforeAll(async () => {
  backend = await HooksBackend.start();
  [ann, bob] = await Promise.all([backend.person(), backend.person()]);
  orderId = (await backend.create(ann, 'Order', { item: 'shoe' })).id;
});
afterAll(() => backend.stop());

const system: Caller = { kind: 'system' };
const as = ({ id, token }: Person): Caller => ({ kind: 'user', id, username: id, groups: [], scopes: [], accessToken: token });
const run = (name: string, caller: Caller, model: InsideEvent['model'], method: InsideEvent['method'], ...args: readonly unknown[]) =>
  backend.inside(name, { caller, model, method, args });

describe('FN12 a function that uses data inside of itself', () => {
  it.each([
    ['reads no record of somebody else as its caller', 'Caller', () => as(bob), 'read', 404, 'not_found'],
    ['changes no record of somebody else as its caller', 'Caller', () => as(bob), 'update', 404, 'not_found'],
    ['deletes nothing as its caller that its access does not name', 'Caller', () => as(ann), 'delete', 403, 'forbidden'],
    ['changes nothing as the system that its access does not name', 'Reader', () => system, 'update', 403, 'forbidden'],
    ['deletes nothing as the system that its access does not name', 'Reader', () => system, 'delete', 403, 'forbidden'],
    ['reads nothing as a guest', 'Caller', () => ({ kind: 'guest' }) as const, 'read', 401, 'unauthenticated'],
  ] as const)('%s', async (_name, name, caller, method, status, code) => {
    const before = await backend.stored();
    const args = method === 'update' ? [orderId, { item: 'x' }] : [orderId];
    expect((await run(name, caller(), 'Order', method, ...args)).refused).toMatchObject({ status, code });
    expect(await backend.stored()).toEqual(before);
  });

  it.each([
    ['a model that its access does not name', 'Writer', 'Plain', 'read', ['any']],
    ['a model that its writes only look at', 'Liner', 'Order', 'read', ['any']],
  ] as const)('does not know %s', async (_name, name, model, method, args) => {
    const { refused } = await run(name, system, model, method, ...args);
    expect(refused).toMatchObject({ status: 404, code: 'unknown_model', message: expect.stringContaining('access') });
  });

  it('follows no relation to a model that its access does not name', async () => {
    const { refused } = await run('Reader', system, 'Plain', 'list', { expand: ['shelf'] });
    expect(refused).toMatchObject({ status: 400, code: 'unknown_field' });
  });

  it('sets no owner as its caller', async () => {
    const { refused } = await run('Caller', as(ann), 'Order', 'create', { item: 'x', owner: bob.id });
    expect(refused).toMatchObject({ status: 400, code: 'read_only_field' });
  });

  it('reads, lists and changes all records as the system', async () => {
    expect((await run('Writer', system, 'Order', 'read', orderId)).value).toMatchObject({ item: 'shoe', owner: ann.id });
    expect((await run('Reader', system, 'Order', 'read', orderId)).value).toMatchObject({ item: 'shoe' });
    expect((await run('Writer', system, 'Order', 'list', { filter: { owner: ann.id } })).value.items).toMatchObject([{ id: orderId }]);
    const changed = await run('Writer', system, 'Order', 'update', orderId, { price: 3, state: 'secret' });
    expect(changed.value).toMatchObject({ price: 3, state: 'secret', version: 2 });
    await run('Writer', system, 'Order', 'update', orderId, { state: 'open' });
  });

  it('makes records of the user on whose behalf it acts, or of whom it says', async () => {
    const made = await run('Writer', { kind: 'system', actor: bob.id }, 'Order', 'create', { item: 'gift' });
    expect(made.value.owner).toBe(bob.id);
    const given = await run('Writer', { kind: 'system', actor: bob.id }, 'Order', 'create', { item: 'gift', owner: ann.id });
    expect(given.value.owner).toBe(ann.id);
    expect((await backend.call(ann, { path: `/data/Order/${given.value.id}` })).status).toBe(200);
  });

  it('asks no hook as the system, and asks as its caller', async () => {
    await backend.asked();
    expect((await run('Writer', system, 'Order', 'create', { item: 'x', wish: 'refuse' })).value.wish).toBe('refuse');
    expect(await backend.asked()).toEqual([]);
    const { refused } = await run('Caller', as(ann), 'Order', 'create', { item: 'x', wish: 'refuse' });
    expect(refused).toMatchObject({ status: 409, code: 'hook_refused' });
    const { value } = await run('Caller', as(ann), 'Order', 'create', { item: 'x', wish: 'amend' });
    expect(value).toMatchObject({ item: 'x', price: 9.5, owner: ann.id });
    expect((await backend.asked()).map((event) => (event as Body).caller.id)).toEqual([ann.id, ann.id]);
  });

  it('refuses to write as a caller whose hooks it was not given', async () => {
    const before = await backend.stored();
    const { refused } = await run('Writer', as(ann), 'Order', 'create', { item: 'x' });
    expect(refused).toMatchObject({ status: 502, code: 'hook_failed' });
    expect(await backend.stored()).toEqual(before);
  });

  it('checks the records that a write refers to, and leaves what goes with a deleted one to the function for that', async () => {
    const missing = await run('Liner', { kind: 'system', actor: ann.id }, 'Line', 'create', { orderId: 'none' });
    expect(missing.refused).toMatchObject({ status: 400, code: 'invalid_reference' });
    const own = (await backend.create(ann, 'Order', { item: 'with lines' })).id;
    expect((await run('Liner', { kind: 'system', actor: ann.id }, 'Line', 'create', { orderId: own })).value).toMatchObject({
      owner: ann.id,
    });
    expect((await run('Writer', system, 'Order', 'delete', own)).value).toBeNull();
    const lines = async (): Promise<number> => (await backend.items('Line')).length;
    await until(lines, (count) => count === 0);
  });

  it('may not delete what others still refer to', async () => {
    const shelf = await backend.create(ann, 'Shelf', { name: 'a' });
    const plain = await backend.create(ann, 'Plain', { item: 'x', shelfId: shelf.id });
    expect((await run('Remover', system, 'Shelf', 'delete', shelf.id)).refused).toMatchObject({ status: 409, code: 'still_referenced' });
    expect((await backend.call(ann, { method: 'DELETE', path: `/data/Plain/${plain.id}` })).status).toBe(204);
    expect((await run('Remover', system, 'Shelf', 'delete', shelf.id)).value).toBeNull();
  });

  it('leaves the event that it handles with what it writes, and shows it to nobody', async () => {
    const caused: Caller = { kind: 'system', cause: { id: 'event-7', depth: 2 } };
    const { value } = await run('Writer', caused, 'Order', 'create', { item: 'caused', owner: ann.id });
    const item = (await backend.items('Order')).find(({ id }) => id.S === value.id);
    expect(item._cause).toEqual({ M: { id: { S: 'event-7' }, depth: { N: '2' }, write: { S: expect.any(String) } } });
    expect((await backend.call(ann, { path: `/data/Order/${value.id}` })).text).not.toContain('_cause');
  });

  it('was denied only what these tests tried without access', () => {
    const { denied } = backend.local.accessReport();
    expect([...new Set(denied.map(({ action }) => action))].sort()).toEqual(['dynamodb:DeleteItem', 'dynamodb:UpdateItem']);
  });
});
