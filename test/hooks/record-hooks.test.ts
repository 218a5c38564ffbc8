import type { ErrorCode } from '../../contracts/errors.ts';
import type { Body, Person } from '../data/relations-backend.ts';
import type { ApiAnswer, ApiCall } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { HooksBackend } from './hooks-backend.ts';

let backend: HooksBackend;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  backend = await HooksBackend.start();
  [ann, bob] = await Promise.all([backend.person(), backend.person('readers')]);
});
afterAll(() => backend.stop());

/** How a write comes in. Every one of them asks the hook. */
type Door = (wish: string) => Promise<{ readonly call: ApiCall; readonly at?: string; readonly inBatch?: true }>;

/** A record without a wish is made first where one must be there; the delete asks by the wish that is stored. */
const order = async (wish?: string): Promise<string> =>
  String((await backend.create(ann, 'Order', { item: 'shoe', ...(wish && { wish }) })).id);
const stored = async (wish: string): Promise<string> => {
  const id = await order();
  await backend.inside('Writer', { caller: { kind: 'system' }, model: 'Order', method: 'update', args: [id, { wish }] });
  return id;
};

const single = (method: string, path: string, body?: object): { readonly call: ApiCall } => ({ call: { method, path, body } });
const operations = (path: string, operation: object): ApiCall => ({ method: 'POST', path, body: { operations: [operation] } });
const transaction = (operation: object) => ({ call: operations('/data/transaction', operation), at: '/operations/0' });
const batch = (operation: object) => ({ call: operations('/data/batch/write', operation), inBatch: true as const });

const doors: Readonly<Record<string, Door>> = {
  'POST of a record': async (wish) => single('POST', '/data/Order', { item: 'shoe', wish }),
  'PATCH of a record': async (wish) => single('PATCH', `/data/Order/${await order()}`, { wish }),
  'PATCH with an operator': async (wish) => single('PATCH', `/data/Order/${await order()}`, { quantity: { increment: 1 }, wish }),
  'PUT of a record': async (wish) => single('PUT', `/data/Order/${await order()}`, { item: 'hat', wish }),
  'DELETE of a record': async (wish) => single('DELETE', `/data/Order/${await stored(wish)}`),
  'a create in a batch': async (wish) => batch({ op: 'create', model: 'Order', body: { item: 'shoe', wish } }),
  'an update in a batch': async (wish) => batch({ op: 'update', model: 'Order', id: await order(), body: { wish } }),
  'a replacement in a batch': async (wish) => batch({ op: 'replace', model: 'Order', id: await order(), body: { item: 'hat', wish } }),
  'a delete in a batch': async (wish) => batch({ op: 'delete', model: 'Order', id: await stored(wish) }),
  'a create in a transaction': async (wish) => transaction({ op: 'create', model: 'Order', body: { item: 'shoe', wish } }),
  'an update in a transaction': async (wish) => transaction({ op: 'update', model: 'Order', id: await order(), body: { wish } }),
  'a replacement in a transaction': async (wish) =>
    transaction({ op: 'replace', model: 'Order', id: await order(), body: { item: 'hat', wish } }),
  'a delete in a transaction': async (wish) => transaction({ op: 'delete', model: 'Order', id: await stored(wish) }),
};

/** The problem of an answer, or that of the first operation of a batch. */
const problemOf = ({ json }: ApiAnswer, inBatch: boolean | undefined): Body => (inBatch ? (json as Body).results[0].problem : json);
const succeeded = ({ status, json }: ApiAnswer, inBatch: boolean | undefined): boolean =>
  (inBatch ? (json as Body).results[0].status : status) < 300;

describe('FN15 a hook that refuses', () => {
  it.each(Object.keys(doors))('stops %s, with its own words, and nothing is written', async (name) => {
    const { call, inBatch } = await (doors[name] as Door)('refuse');
    const before = await backend.stored();
    const answer = await backend.call(ann, call);
    const problem = problemOf(answer, inBatch);
    expect(problem).toMatchObject({ status: 409, code: 'hook_refused', reason: 'sold_out' });
    expect(problem.detail).toContain('Sold out. Choose another item.');
    expect(await backend.stored()).toEqual(before);
  });

  it.each([
    ['refuse-plainly', 403, 'refused'],
    ['refuse-422', 422, 'refused'],
    ['refuse-400', 400, 'refused'],
  ])('%s answers %i', async (wish, status, reason) => {
    const answer = await backend.call(ann, { method: 'POST', path: '/data/Order', body: { item: 'x', wish } });
    expectProblem(answer, { status, code: 'hook_refused' });
    expect((answer.json as Body).reason).toBe(reason);
  });
});

describe('FN15 a hook that fails', () => {
  it.each(Object.keys(doors))('stops %s, and nothing is written', async (name) => {
    const { call, inBatch } = await (doors[name] as Door)('throw');
    const before = await backend.stored();
    const answer = await backend.call(ann, call);
    expect(problemOf(answer, inBatch)).toMatchObject({ status: 502, code: 'hook_failed' });
    expect(answer.text).not.toContain('sk_live');
    expect(await backend.stored()).toEqual(before);
  });

  it.each([
    'exit',
    'text',
    'number',
    'list',
    'nothing',
    'unknown',
    'both',
    'no-detail',
    'empty-detail',
    'long-detail',
    'wrong-status',
    'wrong-code',
    'amend-list',
    'amend-owner',
    'amend-id',
    'amend-version',
    'amend-time',
    'amend-cause',
    'amend-unknown',
    'amend-invalid',
    'amend-required',
  ])('%s: refuses the create and the change, and writes nothing', async (wish) => {
    const id = await order();
    const before = await backend.stored();
    for (const call of [
      { method: 'POST', path: '/data/Order', body: { item: 'x', wish } },
      { method: 'PATCH', path: `/data/Order/${id}`, body: { wish } },
    ]) {
      expectProblem(await backend.call(ann, call), { status: 502, code: 'hook_failed' });
    }
    expect(await backend.stored()).toEqual(before);
  });

  it('does not wait longer than five seconds', async () => {
    const before = await backend.stored();
    const startedAt = performance.now();
    expectProblem(await backend.call(ann, { method: 'POST', path: '/data/Order', body: { item: 'x', wish: 'hang' } }), {
      status: 502,
      code: 'hook_failed',
    });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(await backend.stored()).toEqual(before);
  });

  it('refuses to amend a delete', async () => {
    const id = await stored('amend-nothing');
    expectProblem(await backend.call(ann, { method: 'DELETE', path: `/data/Order/${id}` }), { status: 502, code: 'hook_failed' });
  });
});

describe('a hook', () => {
  const refusals: readonly (readonly [string, () => Promise<ApiCall & { readonly who?: Person }>, number, ErrorCode])[] = [
    ['a guest', async () => ({ method: 'POST', path: '/data/Order', body: { item: 'x' } }), 401, 'unauthenticated'],
    [
      'a body against the schema',
      async () => ({ who: ann, method: 'POST', path: '/data/Order', body: { quantity: 1 } }),
      400,
      'validation_failed',
    ],
    [
      'a field that the caller may not write',
      async () => ({ who: ann, method: 'POST', path: '/data/Order', body: { item: 'x', price: 1 } }),
      403,
      'field_not_allowed',
    ],
    [
      'a record that the rules forbid',
      async () => ({ who: ann, method: 'POST', path: '/data/Order', body: { item: 'x', state: 'secret' } }),
      403,
      'forbidden',
    ],
    [
      'a change by somebody who may read only',
      async () => ({ who: bob, method: 'PATCH', path: `/data/Order/${await order()}`, body: { item: 'x' } }),
      403,
      'forbidden',
    ],
    ['a delete of what is not there', async () => ({ who: ann, method: 'DELETE', path: '/data/Order/none' }), 404, 'not_found'],
    [
      'an old version',
      async () => ({
        who: ann,
        method: 'PATCH',
        path: `/data/Order/${await order()}`,
        headers: { 'if-match': '"9"' },
        body: { item: 'x' },
      }),
      412,
      'version_mismatch',
    ],
  ];
  it.each(refusals)('is not asked about %s', async (_name, make, status, code) => {
    const { who, ...call } = await make();
    await backend.asked();
    expectProblem(await backend.call(who, call), { status, code });
    expect(await backend.asked()).toEqual([]);
  });

  it('is told what is to be written and by whom, and nothing hidden', async () => {
    await backend.asked();
    const { id, ...made } = await backend.create(bob, 'Order', { item: 'boot', code: 'c1' });
    const caller = { id: bob.id, groups: ['readers'] };
    const common = { kind: 'hook', model: 'Order', id, caller, requestId: expect.any(String) };
    const created = { ...common, point: 'create', new: { id, ...made } };
    const path = `/data/Order/${id}`;
    const changed = (await backend.call(bob, { method: 'PATCH', path, body: { quantity: { increment: 2 }, code: null } })).json as Body;
    const updated = { ...common, point: 'update', old: { id, ...made }, new: changed, changes: { quantity: 3, code: null } };
    await backend.call(bob, { method: 'DELETE', path });
    expect(await backend.asked()).toEqual([created, updated, { ...common, point: 'delete', old: changed }]);
    expect(JSON.stringify([created, updated])).not.toContain(bob.token);
  });

  it('amends what is written, fields that the caller may not write among them', async () => {
    const made = await backend.create(ann, 'Order', { item: 'boot', code: 'c2', wish: 'amend' });
    expect(made).toMatchObject({ item: 'boot', price: 9.5, version: 1, owner: ann.id });
    expect(made).not.toHaveProperty('wish');
    expect(made).not.toHaveProperty('code');
    // The unique value that was taken out is free.
    const { id } = await backend.create(ann, 'Order', { item: 'other', code: 'c2' });
    const patched = await backend.call(ann, { method: 'PATCH', path: `/data/Order/${id}`, body: { item: 'more', wish: 'amend' } });
    expect(patched.json).toMatchObject({ item: 'more', price: 9.5, version: 2 });
    expect((await backend.call(ann, { path: `/data/Order/${id}` })).json).toEqual(patched.json);
    await backend.create(ann, 'Order', { item: 'third', code: 'c2' });
  });

  it.each(Object.keys(doors).filter((name) => !/delete/i.test(name)))('amends %s', async (name) => {
    const { call, inBatch } = await (doors[name] as Door)('amend');
    const answer = await backend.call(ann, call);
    expect({ succeeded: succeeded(answer, inBatch), text: answer.text }).toEqual({ succeeded: true, text: answer.text });
    const priced = (await backend.items('Order')).filter((item) => item.price?.N === '9.5').length;
    expect(priced).toBeGreaterThan(0);
    expect((await backend.items('Order')).some((item) => item.wish?.S === 'amend')).toBe(false);
  });

  it('cannot make a record that its caller may not create', async () => {
    const before = await backend.stored();
    const call = { method: 'POST', path: '/data/Order', body: { item: 'x', wish: 'amend-secret' } };
    expectProblem(await backend.call(ann, call), { status: 403, code: 'forbidden' });
    expect(await backend.stored()).toEqual(before);
  });

  it('cannot take a unique value that another record has', async () => {
    await backend.create(ann, 'Order', { item: 'first', code: 'taken' });
    const call = { method: 'POST', path: '/data/Order', body: { item: 'x', wish: 'amend-code' } };
    expectProblem(await backend.call(ann, call), { status: 409, code: 'not_unique' });
  });

  it('is asked once for a request that comes twice with the same key', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const call = { method: 'POST', path: '/data/Order', headers, body: { item: 'once' } };
    const listed = {
      method: 'POST',
      path: '/data/transaction',
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { operations: [{ op: 'create', model: 'Order', body: { item: 'once' } }] },
    };
    await backend.asked();
    const answers = [];
    for (const each of [call, call, listed, listed]) answers.push(await backend.call(ann, each));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 200, 200]);
    expect(answers[1]?.json).toEqual(answers[0]?.json);
    expect(answers[3]?.json).toEqual(answers[2]?.json);
    expect(await backend.asked()).toHaveLength(2);
  });

  it('is asked in the order of the operations, before anything of a transaction is written', async () => {
    const id = await order();
    const before = await backend.stored();
    await backend.asked();
    const operations = [
      { op: 'update', model: 'Order', id, body: { item: 'first' } },
      { op: 'create', model: 'Plain', body: { item: 'unasked' } },
      { op: 'create', model: 'Order', body: { item: 'second' } },
      { op: 'create', model: 'Order', body: { item: 'third', wish: 'refuse' } },
      { op: 'create', model: 'Order', body: { item: 'fourth' } },
    ];
    const answer = await backend.call(ann, { method: 'POST', path: '/data/transaction', body: { operations } });
    expectProblem(answer, { status: 409, code: 'hook_refused', pointers: ['/operations/3'] });
    expect((await backend.asked()).map((event) => (event as Body).new.item)).toEqual(['first', 'second', 'third']);
    expect(await backend.stored()).toEqual(before);
  });

  it('is not asked about records that go with another', async () => {
    const id = await order();
    await backend.create(ann, 'Line', { orderId: id, wish: 'refuse' });
    await backend.asked();
    expect((await backend.call(ann, { method: 'DELETE', path: `/data/Order/${id}` })).status).toBe(204);
    expect((await backend.asked()).map((event) => event.point)).toEqual(['delete']);
    expect((await backend.items('Line')).length).toBe(0);
  });
});

describe('what a hook costs', () => {
  const cost = async (call: ApiCall): Promise<Readonly<Record<string, number>>> => {
    backend.requests();
    expect((await backend.call(ann, call)).status).toBeLessThan(300);
    return backend.requests();
  };

  it('is one invocation, and a read for a change of a record', async () => {
    const { id } = await backend.create(ann, 'Order', { item: 'a' });
    const path = `/data/Order/${id}`;
    expect(await cost({ method: 'POST', path: '/data/Order', body: { item: 'b' } })).toEqual({ 'lambda:POST': 1, 'dynamodb:PutItem': 1 });
    expect(await cost({ method: 'PATCH', path, body: { item: 'c' } })).toEqual({
      'lambda:POST': 1,
      'dynamodb:GetItem': 1,
      'dynamodb:PutItem': 1,
    });
  });

  it('is nothing for models without one', async () => {
    const { id } = await backend.create(ann, 'Bare', { item: 'a' });
    const path = `/data/Bare/${id}`;
    expect(await cost({ method: 'POST', path: '/data/Bare', body: { item: 'b' } })).toEqual({ 'dynamodb:PutItem': 1 });
    expect(await cost({ method: 'PATCH', path, body: { item: 'c' } })).toEqual({ 'dynamodb:UpdateItem': 1 });
    expect(await cost({ method: 'DELETE', path })).toEqual({ 'dynamodb:DeleteItem': 1 });
  });
});
