import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Writes that meet, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const send = (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
  backend.as('a', { method, path, body, headers });
const pathOf = ({ id }: Rec, name = 'Sample'): string => `/data/${name}/${String(id)}`;
const read = async (record: Rec, name = 'Sample'): Promise<Rec> =>
  (await backend.as('a', { path: `${pathOf(record, name)}?consistent=true` })).json as Rec;
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

describe('CO01 two writes for the same version', () => {
  it.each<[string, (index: number) => Rec]>([
    ['patches', (index) => ({ title: `t${index}` })],
    ['patches of a unique field', (index) => ({ title: `t${index}`, slug: `co01-${index}` })],
    ['patches by an operator', (index) => ({ title: `t${index}`, hits: { increment: 1 } })],
  ])('CO01: of two %s one wins, and the other is told the current version', async (_, body) => {
    for (let round = 0; round < 5; round += 1) {
      const record = await backend.create('a', 'Sample', { title: 'x' });
      const answers = await Promise.all(times(2, (index) => send('PATCH', pathOf(record), body(round * 2 + index), { 'if-match': '"1"' })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      const winner = answers.find(({ status }) => status === 200);
      const loser = answers.find(({ status }) => status === 412);
      if (loser !== undefined) expectProblem(loser, { status: 412, code: 'version_mismatch' });
      expect(loser?.headers.etag).toBe('"2"');
      expect(loser?.text).toContain('version 2');
      expect(await read(record)).toEqual(winner?.json);
    }
  });

  it('CO01: of a replacement and a deletion one wins', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const answers = await Promise.all([
      send('PUT', pathOf(record), { title: 'y' }, { 'if-match': '"1"' }),
      send('DELETE', pathOf(record), undefined, { 'if-match': '"1"' }),
    ]);
    const [replaced, deleted] = answers.map(({ status }) => status);
    expect([
      [200, 412],
      [404, 204],
    ]).toContainEqual([replaced, deleted]);
  });
});

describe('CO02 two writes to different fields', () => {
  it('CO02: both are kept, whatever comes first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const record = await backend.create('a', 'Sample', { title: 'x' });
      const bodies: Rec[] = [{ title: 't' }, { text: 'u' }, { amount: 1 }, { nullable: 'v' }, { slug: `co02-${round}` }, { tags: ['w'] }];
      const answers = await Promise.all(bodies.map((body) => send('PATCH', pathOf(record), body)));
      expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
      expect(await read(record)).toMatchObject({ ...Object.assign({}, ...bodies), version: 7 });
    }
  });

  it('CO02: inside of one object, too', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x', meta: { kept: true } });
    const answers = await Promise.all(times(8, (index) => send('PATCH', pathOf(record), { meta: { [`k${index}`]: index } })));
    expect(answers.map(({ status }) => status)).toEqual(times(8, () => 200));
    const { meta } = await read(record);
    expect(meta).toEqual({ kept: true, ...Object.fromEntries(times(8, (index) => [`k${index}`, index])) });
  });
});

describe('CO03 If-Match', () => {
  it.each(['1', 'x', '""x', '"1', '1"', '"1" "2"', '"1",', ',', '*, "1"', 'W/1', 'w/"1"', '"1"; "2"', "'1'", '"\t1"'])(
    'CO03: %j is no list of entity tags',
    async (tag) => {
      const record = await backend.create('a', 'Sample', { title: 'x' });
      await backend.changesNothing(async () => {
        for (const [method, body] of [
          ['PATCH', { title: 'y' }],
          ['PUT', { title: 'y' }],
          ['DELETE', undefined],
        ] as const) {
          expectProblem(await send(method, pathOf(record), body, { 'if-match': tag }), { status: 400, code: 'invalid_precondition' });
        }
      });
    },
  );

  it.each(['W/"1"', '"2"', '"0"', '"01"', '"1.0"', '"-1"', '"x"', '""', '"9007199254740993"', '"2", W/"1"', '" 1"'])(
    'CO03: %s matches nothing',
    async (tag) => {
      const record = await backend.create('a', 'Sample', { title: 'x' });
      await backend.changesNothing(async () => {
        for (const [method, body] of [
          ['PATCH', { title: 'y' }],
          ['PATCH', {}],
          ['PUT', { title: 'y' }],
          ['DELETE', undefined],
        ] as const) {
          const answer = await send(method, pathOf(record), body, { 'if-match': tag });
          if (tag === '" 1"') expect([400, 412]).toContain(answer.status);
          else expectProblem(answer, { status: 412, code: 'version_mismatch' });
        }
      });
    },
  );

  it.each(['*', '"1"', '"7", "1"', ' "1" ', '"1","7"'])('CO03: %s matches version 1', async (tag) => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    expect(await send('PATCH', pathOf(record), { title: 'y' }, { 'if-match': tag })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  it('CO03: * does not make a record', async () => {
    await backend.changesNothing(async () => {
      for (const method of ['PATCH', 'PUT']) {
        expectProblem(await send(method, '/data/Sample/none', { title: 'y' }, { 'if-match': '*' }), { status: 404, code: 'not_found' });
      }
    });
  });

  it('CO03: is required where the model says so', async () => {
    const record = await backend.create('a', 'Strict', { title: 'x' });
    const path = pathOf(record, 'Strict');
    await backend.changesNothing(async () => {
      for (const [method, body] of [
        ['PATCH', { title: 'y' }],
        ['PUT', { title: 'y' }],
        ['DELETE', undefined],
      ] as const) {
        expectProblem(await send(method, path, body), { status: 428, code: 'precondition_required' });
      }
      const operations = [{ op: 'update', model: 'Strict', id: record['id'], body: { title: 'y' } }];
      expectProblem(await send('POST', '/data/transaction', { operations }), { status: 428, code: 'precondition_required' });
      const batch = await send('POST', '/data/batch/write', { operations });
      expect(batch).toMatchObject({ status: 200, json: { results: [{ status: 428, problem: { code: 'precondition_required' } }] } });
    });
    expect((await send('PATCH', path, { title: 'y' }, { 'if-match': '"1"' })).status).toBe(200);
    const operations = [{ op: 'update', model: 'Strict', id: record['id'], ifMatch: 2, body: { title: 'z' } }];
    expect((await send('POST', '/data/transaction', { operations })).status).toBe(200);
    expect((await send('DELETE', path, undefined, { 'if-match': '"3"' })).status).toBe(204);
  });
});

describe('CO04 increments', () => {
  it('CO04: 100 at a time add up, and each learns a value of its own', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const answers = await Promise.all(times(100, () => send('PATCH', pathOf(record), { hits: { increment: 1 } })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const values = answers.map(({ json }) => (json as { hits: number }).hits).sort((left, right) => left - right);
    expect(values).toEqual(times(100, (index) => index + 1));
    expect(await read(record)).toMatchObject({ hits: 100, version: 101 });
  });

  it('CO04: with others that go down, and set', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x', hits: 10 });
    const bodies = times(40, (index) => (index % 4 === 0 ? { title: `t${index}` } : { hits: { increment: index % 2 ? 3 : -1 } }));
    const answers = await Promise.all(bodies.map((body) => send('PATCH', pathOf(record), body)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const sum = bodies.reduce((total, body) => total + ('hits' in body ? (body.hits?.increment ?? 0) : 0), 10);
    expect(await read(record)).toMatchObject({ hits: sum, version: 41 });
  });

  it.each([['"1"'], ['null'], ['true'], ['[1]'], ['{}'], ['0.5'], ['1e300'], ['9007199254740993']])(
    'CO04: an increment by %s is refused',
    async (amount) => {
      const record = await backend.create('a', 'Sample', { title: 'x' });
      await backend.changesNothing(async () => {
        const answer = await send('PATCH', pathOf(record), `{"hits":{"increment":${amount}}}`);
        expect(answer.status).toBe(400);
        expectProblem(answer, { status: 400, code: (answer.json as { code: 'validation_failed' }).code });
      });
    },
  );
});

describe('CO05 one unique value', () => {
  it('CO05: 50 creations at a time make one record', async () => {
    const answers = await Promise.all(times(50, (index) => send('POST', '/data/Sample', { title: `t${index}`, slug: 'co05' })));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expectProblem(answer, { status: 409, code: 'not_unique', pointers: ['/slug'] });
    }
    const list = await backend.as('a', { path: `/data/Sample?${new URLSearchParams({ filter: '{"slug":"co05"}' })}` });
    expect((list.json as { items: Rec[] }).items).toEqual([made[0]?.json]);
    const state = JSON.stringify(JSON.parse(await backend.state()));
    expect(state.split('"co05"').length - 1).toBeLessThanOrEqual(2);
    expect((await send('DELETE', pathOf(made[0]?.json as Rec))).status).toBe(204);
    expect((await send('POST', '/data/Sample', { title: 'again', slug: 'co05' })).status).toBe(201);
  });

  it('CO05: 20 changes at a time to one value, of records of their own', async () => {
    const records = await Promise.all(times(20, () => backend.create('a', 'Sample', { title: 'x' })));
    const answers = await Promise.all(records.map((record) => send('PATCH', pathOf(record), { slug: 'co05-b' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('CO05: a value that is given up and taken at the same time is held once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const slug = `co05-c${round}`;
      const holder = await backend.create('a', 'Sample', { title: 'x', slug });
      const [freed, taken] = await Promise.all([
        send('PATCH', pathOf(holder), { slug: `${slug}-new` }),
        send('POST', '/data/Sample', { title: 'y', slug }),
      ]);
      expect(freed?.status).toBe(200);
      expect([201, 409]).toContain(taken?.status);
      const found = await backend.as('a', { path: `/data/Sample/by/slug/${slug}?consistent=true` });
      expect(found.status).toBe(taken?.status === 201 ? 200 : 404);
    }
  });
});

describe('CO17 a clock that goes back', () => {
  afterEach(() => backend.clock.set(Date.now()));

  it('CO17: versions still rise, and tokens fail closed', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const first = await send('PATCH', pathOf(record), { title: 'first' });
    backend.clock.advance(-60 * 60 * 1_000);
    // The token is now from the future.
    await backend.changesNothing(async () => {
      expectProblem(await send('PATCH', pathOf(record), { title: 'refused' }), { status: 401, code: 'unauthenticated' });
    });
    const { accessToken: token } = await backend.logIn(backend.users.a);
    const second = await backend.asGuest({ method: 'PATCH', path: pathOf(record), token, body: { title: 'second' } });
    expect(second).toMatchObject({ status: 200, json: { title: 'second', version: 3 } });
    const [before, after] = [first.json, second.json] as { updatedAt: string }[];
    expect(String(after?.updatedAt) < String(before?.updatedAt)).toBe(true);
    const stale = await backend.asGuest({
      method: 'PATCH',
      path: pathOf(record),
      token,
      body: { title: 'x' },
      headers: { 'if-match': '"2"' },
    });
    expectProblem(stale, { status: 412, code: 'version_mismatch' });
  });

  it('CO17: ids made before and after differ, and cursors go on', async () => {
    const user = await backend.newUser();
    const make = async (token: string, index: number): Promise<string> => {
      const answer = await backend.asGuest({ method: 'POST', path: '/data/Sample', token, body: { title: `t${index}`, hits: index } });
      expect(answer.status).toBe(201);
      return (answer.json as { id: string }).id;
    };
    const ids = [await make(user.accessToken, 0), await make(user.accessToken, 1)];
    const first = await backend.asGuest({ path: '/data/Sample?limit=1&sort=hits', token: user.accessToken });
    backend.clock.advance(-60 * 60 * 1_000);
    const { accessToken } = await backend.logIn(user);
    ids.push(await make(accessToken, 2), await make(accessToken, 3));
    expect(new Set(ids).size).toBe(4);
    const { cursor } = first.json as { cursor: string };
    const rest = await backend.asGuest({ path: `/data/Sample?sort=hits&cursor=${cursor}`, token: accessToken });
    expect((rest.json as { items: Rec[] }).items.map(({ id }) => id)).toEqual(ids.slice(1));
  });
});
