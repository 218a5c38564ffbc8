import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Transactions and batches, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;
type Operation = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const never = '01890a5d-ac96-774b-bcce-b302099a8057';
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const post = (path: string, body: unknown, actor: 'a' | 'b' | 'editor' | 'admin' = 'a') =>
  backend.as(actor, { method: 'POST', path, body });
const transact = (operations: readonly Operation[], actor: 'a' | 'b' | 'editor' = 'a') => post('/data/transaction', { operations }, actor);
const creation = (body: Rec = { title: 'x' }, model = 'Sample'): Operation => ({ op: 'create', model, body });
const note = (actor: 'a' | 'b', slug: string) => backend.create(actor, 'Note', { title: `of ${actor}`, slug });
const read = async (actor: 'a' | 'b', { id }: Rec, model = 'Sample'): Promise<Rec> =>
  (await backend.as(actor, { path: `/data/${model}/${String(id)}?consistent=true` })).json as Rec;
const resultsOf = (answer: { readonly json: unknown }): readonly { status: number; record?: Rec; problem?: Rec }[] =>
  (answer.json as { results: [] }).results;

describe('AZ15 a batch of reads', () => {
  it('AZ15: tells records of B from missing ones by nothing', async () => {
    const own = await Promise.all(times(3, (index) => note('a', `az15-a${index}`)));
    const ofB = await Promise.all(times(2, (index) => note('b', `az15-b${index}`)));
    const items = [...own, ...ofB, { id: never }].map(({ id }) => ({ model: 'Note', id: String(id) }));
    const answer = await post('/data/batch/read', { items });
    expect(answer.status).toBe(200);
    const results = resultsOf(answer);
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 404]);
    expect(results.slice(0, 3).map(({ record }) => record)).toEqual(own);
    const problems = results.slice(3).map(({ problem }) => ({ ...problem, instance: '' }));
    expect(problems[0]).toMatchObject({ code: 'not_found', status: 404 });
    expect(problems[1]).toEqual(problems[0]);
    expect(problems[2]).toEqual(problems[0]);
    expect(answer.text).not.toContain('of b');
  });

  it('AZ15: shows no field that the caller may not read, and reads nothing for guests', async () => {
    const { id } = await note('a', 'az15-secret');
    const secret = await backend.as('admin', { method: 'PATCH', path: `/data/Note/${String(id)}`, body: { secret: 'k3y' } });
    expect(secret.status).toBe(200);
    const items = [{ model: 'Note', id }];
    expect((await post('/data/batch/read', { items })).text).not.toContain('k3y');
    expect((await post('/data/batch/read', { items }, 'admin')).text).toContain('k3y');
    const guest = await backend.asGuest({ method: 'POST', path: '/data/batch/read', body: { items } });
    expect(resultsOf(guest)).toMatchObject([{ status: 401, problem: { code: 'unauthenticated' } }]);
  });
});

describe('AZ16 a transaction with a record of somebody else', () => {
  it.each<[string, (ofB: Rec) => Operation]>([
    ['update', ({ id }) => ({ op: 'update', model: 'Note', id, body: { title: 'mine' } })],
    ['replace', ({ id }) => ({ op: 'replace', model: 'Note', id, body: { title: 'mine', slug: 'az16-mine' } })],
    ['delete', ({ id }) => ({ op: 'delete', model: 'Note', id })],
    ['check', ({ id }) => ({ op: 'check', model: 'Note', id, ifMatch: 1 })],
    ['update of a version', ({ id }) => ({ op: 'update', model: 'Note', id, ifMatch: 7, body: { title: 'mine' } })],
  ])('AZ16: the 7th of 10 is %s: it is named, as a missing one would be, and none is done', async (name, seventh) => {
    const ofB = await note('b', `az16-${name.replaceAll(' ', '-')}`);
    const operations = (target: Rec): Operation[] => {
      const others = times(10, (index) => creation({ title: `az16 ${index}` }));
      return others.map((operation, index) => (index === 6 ? seventh(target) : operation));
    };
    await backend.changesNothing(async () => {
      const [foreign, missing] = [await transact(operations(ofB)), await transact(operations({ id: never }))];
      const problems = [foreign, missing].map((answer) =>
        expectProblem(answer, { status: 404, code: 'not_found', pointers: ['/operations/6'] }),
      );
      expect({ ...problems[0], requestId: '' }).toEqual({ ...problems[1], requestId: '' });
    });
  });

  it('AZ16: of a guest, or with one operation that the rules refuse, none is done', async () => {
    const operations = [creation(), creation({ title: 'x' }, 'Doc')];
    await backend.changesNothing(async () => {
      expectProblem(await transact(operations), { status: 403, code: 'forbidden', pointers: ['/operations/1'] });
      const guest = await backend.asGuest({ method: 'POST', path: '/data/transaction', body: { operations } });
      expectProblem(guest, { status: 401, code: 'unauthenticated' });
    });
  });
});

describe('AZ30 batches as a way around', () => {
  it('AZ30: they take records only: no logins, no routes of admins, no batches', async () => {
    await backend.changesNothing(async () => {
      for (const path of ['/data/transaction', '/data/batch/write']) {
        for (const operation of [
          { op: 'login', email: 'a@example.com', password: 'x' },
          { op: 'create', model: 'admin/users', body: { email: 'x@example.com' } },
          { op: 'create', model: '../auth/login', body: { email: 'a@example.com', password: 'x' } },
          { method: 'POST', path: '/auth/login', body: {} },
          { op: 'batch', operations: [creation()] },
          { op: 'transaction', operations: [creation()] },
          { ...creation(), operations: [creation()] },
          { ...creation(), headers: { authorization: 'x' } },
        ]) {
          const answer = await post(path, { operations: [operation] });
          if (answer.status === 200) expect(resultsOf(answer)).toMatchObject([{ status: 404, problem: { code: 'unknown_model' } }]);
          else expect([400, 404]).toContain(answer.status);
        }
      }
    });
  });

  it('AZ30: each write is authorised as if it were sent alone', async () => {
    const [ofB, another] = [await note('b', 'az30'), await note('b', 'az30-b')];
    const own = await backend.create('a', 'Sample', { title: 'x' });
    const operations = [
      { op: 'update', model: 'Sample', id: own['id'], body: { title: 'y' } },
      { op: 'update', model: 'Note', id: ofB['id'], body: { title: 'mine' } },
      { op: 'delete', model: 'Note', id: another['id'] },
      creation({ title: 'x' }, 'Doc'),
      creation({ title: 'x', slug: 'az30-secret', secret: 'x' }, 'Note'),
      creation({ title: 'x' }, '__proto__'),
    ];
    const answer = await post('/data/batch/write', { operations });
    expect(resultsOf(answer).map(({ status, problem }) => [status, problem?.['code']])).toEqual([
      [200, undefined],
      [404, 'not_found'],
      [404, 'not_found'],
      [403, 'forbidden'],
      [403, 'field_not_allowed'],
      [404, 'unknown_model'],
    ]);
    expect([await read('b', ofB, 'Note'), await read('b', another, 'Note')]).toEqual([ofB, another]);
  });
});

describe('CO16, IN28 how much, and how often', () => {
  it('CO16: 100 writes are one transaction', async () => {
    const before = backend.traffic()['dynamodb:TransactWriteItems']?.requests ?? 0;
    const answer = await transact(times(100, (index) => creation({ title: `co16 ${index}` })));
    expect(answer.status).toBe(200);
    expect(resultsOf(answer).map(({ status }) => status)).toEqual(times(100, () => 201));
    expect((backend.traffic()['dynamodb:TransactWriteItems']?.requests ?? 0) - before).toBe(1);
  });

  it.each<[string, string, (count: number) => object]>([
    ['transaction', '/data/transaction', (count) => ({ operations: times(count, () => creation()) })],
    ['batch of writes', '/data/batch/write', (count) => ({ operations: times(count, () => creation()) })],
    ['batch of reads', '/data/batch/read', (count) => ({ items: times(count, (index) => ({ model: 'Sample', id: `i${index}` })) })],
  ])('CO16, IN28: a %s of 0 and of 101 is refused', async (_, path, body) => {
    const list = path.endsWith('read') ? '/items' : '/operations';
    await backend.changesNothing(async () => {
      expectProblem(await post(path, body(101)), { status: 400, code: 'too_many_items', pointers: [list] });
      expectProblem(await post(path, body(0)), { status: 400, code: 'validation_failed', pointers: [list] });
      expectProblem(await post(path, {}), { status: 400, code: 'validation_failed', pointers: [list] });
    });
    expect((await post(path, body(100))).status).toBe(200);
  });

  it('CO16: 101 writes with those of unique values are refused', async () => {
    await backend.changesNothing(async () => {
      const answer = await transact(times(51, (index) => creation({ title: 'x', slug: `co16-${index}` })));
      expectProblem(answer, { status: 400, code: 'too_many_items', pointers: ['/operations'] });
    });
  });

  it.each<[string, (id: string) => readonly Operation[]]>([
    ['two updates', (id) => times(2, () => ({ op: 'update', model: 'Sample', id, body: { title: 'y' } }))],
    [
      'an update and a deletion',
      (id) => [
        { op: 'update', model: 'Sample', id, body: { title: 'y' } },
        { op: 'delete', model: 'Sample', id },
      ],
    ],
    ['two new ones', () => times(2, () => creation({ title: 'x', id: 'co16-same' }))],
    [
      'a check and a deletion',
      (id) => [
        { op: 'check', model: 'Sample', id },
        { op: 'delete', model: 'Sample', id },
      ],
    ],
  ])('CO16, IN28: one record by %s is named as such', async (name, operations) => {
    const { id } = await backend.create('a', 'Sample', { title: 'x' });
    await backend.changesNothing(async () => {
      for (const path of name.startsWith('a check') ? ['/data/transaction'] : ['/data/transaction', '/data/batch/write']) {
        const answer = await post(path, { operations: operations(String(id)) });
        expectProblem(answer, { status: 400, code: 'validation_failed', pointers: ['/operations/1'] });
        expect(answer.text).toContain('twice');
      }
    });
  });

  it('IN28: one record twice in a batch of reads is named as such', async () => {
    const items = [
      { model: 'Sample', id: 'x' },
      { model: 'Note', id: 'x' },
      { model: 'Sample', id: 'x' },
    ];
    const answer = await post('/data/batch/read', { items });
    expectProblem(answer, { status: 400, code: 'validation_failed', pointers: ['/items/2'] });
    expect(answer.text).toContain('twice');
  });

  it('CO16: what is wrong with one operation is told by its place', async () => {
    const { id } = await backend.create('a', 'Sample', { title: 'x', slug: 'co16-taken' });
    await backend.changesNothing(async () => {
      for (const [operation, status, code] of [
        [creation({ title: 'x', slug: 'co16-taken' }), 409, 'not_unique'],
        [creation({ title: 'x', id }), 409, 'already_exists'],
        [{ op: 'update', model: 'Sample', id, ifMatch: 9, body: { title: 'y' } }, 412, 'version_mismatch'],
        [creation({ title: 1 }), 400, 'validation_failed'],
        [creation({ title: 'x', text: 'x'.repeat(410_000) }), 413, 'item_too_large'],
      ] as const) {
        expectProblem(await transact([creation(), creation(), operation]), { status, code, pointers: ['/operations/2'] });
      }
    });
  });

  it('CO16: transactions that meet are made anew, or end in a conflict; none is done by half', async () => {
    const [left, right] = [await backend.create('a', 'Sample', { title: 'l' }), await backend.create('a', 'Sample', { title: 'r' })];
    const move = (by: number): readonly Operation[] => [
      { op: 'update', model: 'Sample', id: left['id'], body: { hits: { increment: by } } },
      { op: 'update', model: 'Sample', id: right['id'], body: { hits: { increment: -by } } },
    ];
    const answers = await Promise.all(times(30, (index) => transact(move(index + 1))));
    const done = answers.map(({ status }, index) => (status === 200 ? index + 1 : 0));
    for (const answer of answers.filter(({ status }) => status !== 200)) expectProblem(answer, { status: 409, code: 'write_conflict' });
    const sum = done.reduce((total, each) => total + each, 0);
    expect(sum).toBeGreaterThan(0);
    expect([(await read('a', left))['hits'], (await read('a', right))['hits']]).toEqual([sum, -sum]);
  });
});
