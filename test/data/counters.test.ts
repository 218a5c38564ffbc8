import { type Body, type Person, RelationsBackend } from './relations-backend.ts';

let backend: RelationsBackend;
let anna: Person;
let ben: Person;
let editor: Person;
beforeAll(async () => {
  backend = await RelationsBackend.start();
  [anna, ben, editor] = await Promise.all([backend.person(), backend.person(), backend.person('editors')]);
});
afterAll(() => backend.stop());

const count = async (who: Person | undefined, filter?: object): Promise<Body> =>
  (await backend.get(who, 'Note/count', filter === undefined ? {} : { filter })).json;

/** The counters must say what counting says. */
const expectExact = async (): Promise<void> => expect(await backend.constraints()).toEqual(await backend.expectedConstraints());

describe('count', () => {
  it('counts nothing for a write that is refused', async () => {
    const id = await backend.create(anna, 'Note', { title: 'a', slug: 'taken' });
    const before = await backend.counters();
    for (const [who, path, body] of [
      [anna, '', { title: 'b', slug: 'taken' }],
      [anna, '', { id, title: 'b' }],
      [anna, '', { title: '' }],
      [undefined, '', { title: 'b' }],
      [ben, `/${id}`, { state: 'published' }],
    ] as const) {
      const answer = path === '' ? await backend.post(who, 'Note', body) : await backend.patch(who, `Note${path}`, body);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect((await backend.delete(ben, `Note/${id}`)).status).toBe(404);
    expect(await backend.counters()).toEqual(before);
    await expectExact();
  });

  it('follows creates, changes, replacements and deletes', async () => {
    const id = await backend.create(anna, 'Note', { title: 'moves' });
    expect((await backend.patch(anna, `Note/${id}`, { state: 'published' })).status).toBe(200);
    await expectExact();
    expect((await backend.patch(anna, `Note/${id}`, { title: 'still' })).status).toBe(200);
    const put = { method: 'PUT', path: `/data/Note/${id}`, body: { title: 'replaced' } };
    expect((await backend.call(anna, put)).status).toBe(200);
    await expectExact();
    expect((await backend.delete(anna, `Note/${id}`)).status).toBe(204);
    await expectExact();
  });

  it('answers from one item what the rules grant as it is asked', async () => {
    await backend.create(ben, 'Note', { title: 'b', state: 'published' });
    const own = (await backend.items('Note')).filter(({ owner }) => owner === anna.id).length;
    for (const [who, filter, expected] of [
      [anna, { owner: anna.id }, own],
      [editor, undefined, (await backend.items('Note')).length],
      [editor, { owner: ben.id }, 1],
      [editor, { state: { eq: 'draft' } }, (await backend.items('Note')).filter(({ state }) => state === 'draft').length],
      [undefined, { state: 'published' }, 1],
      [undefined, undefined, 1],
      [anna, { state: 'published' }, 1],
    ] as const) {
      backend.requests();
      expect(await count(who, filter)).toEqual({ count: expected, complete: true });
      expect(backend.requests()).toEqual({ GetItem: 1 });
    }
  });

  it('counts by reading what no counter alone can answer for this caller (AZ08)', async () => {
    const all = await backend.items('Note');
    const readable = all.filter(({ owner, state }) => owner === ben.id || state === 'published').length;
    for (const [filter, expected] of [
      [undefined, readable],
      [{ state: 'draft' }, 0],
      [{ owner: anna.id }, 0],
      [{ owner: ben.id, state: 'published' }, 1],
    ] as const) {
      backend.requests();
      expect(await count(ben, filter)).toEqual({ count: expected, complete: true });
      expect(backend.requests()['GetItem']).toBeUndefined();
    }
    expect(all.length).toBeGreaterThan(readable);
  });

  it('stays exact under creates, moves and deletes at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => backend.create(anna, 'Note', { title: `n${index}` })));
    const work = ids.flatMap((id, index) => [
      () => backend.patch(anna, `Note/${id}`, { state: index % 2 === 0 ? 'published' : 'draft' }),
      ...(index % 3 === 0 ? [() => backend.delete(anna, `Note/${id}`), () => backend.delete(editor, `Note/${id}`)] : []),
      () => backend.post(ben, 'Note', { title: 'more', id: `shared-${index % 5}` }),
    ]);
    const answers = await Promise.all(work.map((run) => run()));
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    await expectExact();
    expect(await count(editor)).toEqual({ count: (await backend.items('Note')).length, complete: true });
  });
});

describe('explain', () => {
  const paths = ['Note', 'Note/count'];

  it.each(paths)('is unknown to all but admins: %s', async (path) => {
    for (const who of [undefined, anna, editor]) {
      const answer = await backend.get(who, path, { filter: { state: 'published' }, explain: 1 });
      expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/query/explain', code: 'unknown_field' }] } });
      expect(answer.text).not.toMatch(/byState|explain,|, explain/);
    }
  });

  it('is unknown where there is no local mode', async () => {
    const other = await RelationsBackend.start({ environment: { PLINTH_LOCAL: '' } });
    try {
      const admin = await other.person('admins', 'editors');
      expect(await other.get(admin, 'Note', { explain: 1 })).toMatchObject({ status: 400, json: { errors: [{ code: 'unknown_field' }] } });
    } finally {
      await other.stop();
    }
  });

  it('refuses other values', async () => {
    const admin = await backend.person('admins');
    for (const value of ['2', 'true', '']) {
      expect((await backend.get(admin, 'Note', { explain: value })).json).toMatchObject({ errors: [{ pointer: '/query/explain' }] });
    }
  });

  it('shows indexes, keys, residual filters, order and cost', async () => {
    const admin = await backend.person('admins', 'editors');
    const filter = { state: 'published', createdAt: { gt: '2020-01-01T00:00:00.000Z' }, title: { contains: 'n' } };
    const list = (await backend.get(admin, 'Note', { filter, limit: 10, explain: 1 })).json as Body;
    expect(list.items.length).toBeGreaterThan(0);
    expect(list.explain).toEqual({
      order: ['-createdAt'],
      streams: [
        {
          index: 'byState',
          keys: 'state = "published" and createdAt > "2020-01-01T00:00:00.000Z"',
          filter: 'title contains "n"',
          estimated: { requests: 1, readUnits: 6.5 },
          actual: { requests: 1, readUnits: expect.any(Number) },
        },
      ],
    });
    expect(list.explain.streams[0].actual.readUnits).toBeGreaterThan(0);
    const byId = (await backend.get(admin, 'Note', { filter: { id: list.items[0].id }, explain: 1 })).json as Body;
    expect(byId.explain.streams).toMatchObject([{ index: 'table', actual: { requests: 1, readUnits: 0.5 } }]);
    const counted = (await backend.get(admin, 'Note/count', { filter: { state: 'published' }, explain: 1 })).json as Body;
    expect(counted.explain.streams).toEqual([
      { index: 'counter', keys: 'state = "published"', estimated: { requests: 1, readUnits: 1 }, actual: { requests: 1, readUnits: 1 } },
    ]);
    const read = (await backend.get(admin, 'Note/count', { filter: { size: { gte: 0 } }, explain: 1 })).json as Body;
    expect(read.explain.streams).toMatchObject([{ index: 'bySize', keys: 'size ≥ 0', actual: { requests: 1 } }]);
  });
});
