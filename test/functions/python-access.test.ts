import { eventLimits } from '../../contracts/events.ts';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Body, FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('python-access-app');
  [ann, bob] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(() => backend.stop());

interface Step {
  readonly id?: string;
  readonly asCaller?: boolean;
}

/** What a step of the function `work.py` gave back. */
const run = async (who: Person | undefined, step: string, more: Step = {}, name = 'work'): Promise<Body> => {
  const { status, json } = await backend.run(who, name, { step, ...more });
  expect({ status, json }).toMatchObject({ status: 200 });
  return json.result;
};
const noteOf = async (who: Person): Promise<Body> =>
  (await backend.call(who, { method: 'POST', path: '/data/Note', body: { text: 'own' } })).json;
const readBy = (who: Person, id: string) => backend.call(who, { path: `/data/Note/${id}` });

describe('What a function in Python may not do', () => {
  it('is what its access does not name', async () => {
    const { id } = await noteOf(ann);
    for (const step of ['update', 'delete'])
      expect(await run(ann, step, { id }, 'narrow')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await run(ann, 'create', {}, 'narrow')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await run(ann, 'audit')).toMatchObject({ status: 404, code: 'unknown_model' });
    expect(await run(ann, 'push')).toMatchObject({ status: 404, code: 'unknown_route' });
    expect(await run(ann, 'publishOther')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await run(ann, 'publish', {}, 'narrow')).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await readBy(ann, id)).json.text).toBe('own');
  });

  it('is anything of the backend without access, and its log says what to do', async () => {
    expectProblem(await backend.run(ann, 'none', { step: 'list' }), { status: 500, code: 'internal_error' });
    expect(backend.logged()).toContain('name what it uses in its access');
  });

  it('is what breaks the schema', async () => {
    expect(await run(ann, 'createWrongly')).toMatchObject({ status: 400, code: 'validation_failed' });
    expect(await run(ann, 'publishWrongly')).toMatchObject({ status: 400, code: 'validation_failed' });
  });

  it('is a request to elsewhere', async () => {
    expect(await run(ann, 'elsewhere')).toMatchObject({ status: 404, code: 'unknown_route' });
  });

  it('FN12 is, as its caller, what the caller may not do', async () => {
    const { id } = await noteOf(bob);
    for (const step of ['read', 'update', 'delete']) {
      expect(await run(ann, step, { id, asCaller: true })).toMatchObject({ status: 404, code: 'not_found' });
      expect(await run(undefined, step, { id, asCaller: true })).toMatchObject({ status: 401 });
    }
    expect((await readBy(bob, id)).json.text).toBe('own');
  });
});

describe('What a function in Python may do', () => {
  it('FN12 is, as the system, what its access names, on behalf of whoever called', async () => {
    const { id } = await noteOf(bob);
    expect(await run(ann, 'read', { id })).toMatchObject({ id, owner: bob.id });
    expect(await run(ann, 'update', { id })).toMatchObject({ id, text: 'changed', owner: bob.id });
    expect(await run(ann, 'replace', { id })).toMatchObject({ id, text: 'replaced' });
    expect(await run(ann, 'delete', { id })).toBeNull();
    expect((await readBy(bob, id)).status).toBe(404);
    expect(await run(ann, 'create')).toMatchObject({ text: 'made in Python', owner: ann.id });
  });

  it('FN12 is, as its caller, what the caller may do', async () => {
    const made = await run(bob, 'create', { asCaller: true });
    expect(made).toMatchObject({ owner: bob.id });
    expect(await run(bob, 'update', { id: made.id, asCaller: true })).toMatchObject({ text: 'changed' });
    expect(await run(bob, 'delete', { id: made.id, asCaller: true })).toBeNull();
  });

  it('is lists, with their filters, pages and counts', async () => {
    await run(ann, 'create');
    const page = await run(ann, 'list');
    expect(page.items.length).toBeGreaterThan(1);
    expect(page.items[0]).toMatchObject({ text: 'made in Python' });
    const total = await run(ann, 'all');
    expect(await run(ann, 'count')).toEqual({ count: total, complete: true });
  });

  it('is whatever the API has, with its preconditions', async () => {
    expect(await run(ann, 'files')).toEqual({ items: [] });
    const { id } = await noteOf(ann);
    expect(await run(ann, 'headers', { id })).toMatchObject({ status: 412, code: 'version_mismatch' });
  });

  it('is telling of events, in the doing of its caller', async () => {
    expect(await run(ann, 'publish')).toBeNull();
    const line = await backend.until(() => /told (\{.*\}) done/.exec(backend.logged())?.[1], 30_000);
    expect(JSON.parse(line)).toMatchObject({ type: 'order.shipped', depth: 0, actor: ann.id, data: { orderId: '7' } });
  });

  it('is nothing that is denied', () => {
    const denied = backend.local.accessReport().denied.filter(({ action }) => action.startsWith('lambda:'));
    expect(denied).toEqual([]);
  });
});

describe('A function in Python that changes what it hears of', () => {
  it('FN05 stops at the depth at which all loops of events stop', async () => {
    const { json } = await backend.call(ann, { method: 'POST', path: '/data/Lap', body: {} });
    await backend.call(ann, { method: 'PATCH', path: `/data/Lap/${json.id}`, body: { count: 1 } });
    const deepest = () => Math.max(0, ...[...backend.logged().matchAll(/lap \[(\d+), /g)].map(([, depth]) => Number(depth)));
    await backend.until(() => deepest() >= eventLimits.maxDepth || undefined, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(deepest()).toBe(eventLimits.maxDepth);
    expect((await backend.call(ann, { path: `/data/Lap/${json.id}` })).json.count).toBeLessThanOrEqual(eventLimits.maxDepth + 2);
  });
});
