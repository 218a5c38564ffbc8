import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Authorization on single records (OWASP API1, API3), by the ids of the table of adversarial cases.

let backend: CasesBackend;
let noteOfB: Readonly<Record<string, unknown>>;
let noteOfA: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  backend = await startCases();
  noteOfB = await backend.create('b', 'Note', { title: 'Of B', slug: 'of-b', priority: 3 });
  noteOfA = await backend.create('a', 'Note', { title: 'Of A', slug: 'of-a' });
});
afterAll(() => backend?.stop());

const never = '01890a5d-ac96-774b-bcce-b302099a8057';
const path = (record: Readonly<Record<string, unknown>>, model = 'Note'): string => `/data/${model}/${String(record['id'])}`;

describe('The comparison of states', () => {
  it('sees a write', async () => {
    const write = async () => {
      await backend.create('a', 'Note', { title: 'Seen', slug: 'seen' });
    };
    await expect(backend.changesNothing(write)).rejects.toThrow();
    expect(await backend.state()).toContain('of-b');
  });
});

describe('AZ01 reading a record of another user', () => {
  it('answers as for an id that never was', async () => {
    const foreign = await backend.as('a', { path: path(noteOfB) });
    const missing = await backend.as('a', { path: `/data/Note/${never}` });
    const [first, second] = [foreign, missing].map((answer) => expectProblem(answer, { status: 404, code: 'not_found' }));
    expect({ ...first, instance: '', requestId: '' }).toEqual({ ...second, instance: '', requestId: '' });
    expect(Object.keys(foreign.headers)).toEqual(Object.keys(missing.headers));
  });
});

describe('AZ02, AZ03 writing to a record of another user', () => {
  it.each<[string, string, object | undefined, Readonly<Record<string, string>>]>([
    ['AZ02', 'PATCH', { title: 'Mine now' }, {}],
    ['AZ02', 'PATCH', { title: 'Mine now' }, { 'if-match': '"1"' }],
    ['AZ02', 'PATCH', { title: 'Mine now' }, { 'if-match': '"7"' }],
    ['AZ02', 'PATCH', { title: 'Mine now' }, { 'if-match': '*' }],
    ['AZ02', 'PATCH', { slug: 'mine-now' }, {}],
    ['AZ02', 'PATCH', { slug: 'of-a' }, {}],
    ['AZ02', 'PATCH', {}, {}],
    ['AZ02', 'PATCH', { title: 'Mine now' }, { 'idempotency-key': 'az02' }],
    ['AZ02', 'PUT', { title: 'Mine now', slug: 'mine-now' }, {}],
    ['AZ02', 'PUT', { title: 'Mine now', slug: 'of-b' }, { 'if-match': '"1"' }],
    ['AZ03', 'DELETE', undefined, {}],
    ['AZ03', 'DELETE', undefined, { 'if-match': '"1"' }],
    ['AZ03', 'DELETE', undefined, { 'if-match': '"7"' }],
    ['AZ03', 'DELETE', undefined, { 'idempotency-key': 'az03' }],
  ])('%s: %s %j with %j answers as for an id that never was, and changes nothing', async (_, method, body, headers) => {
    await backend.changesNothing(async () => {
      const foreign = await backend.as('a', { method, path: path(noteOfB), body, headers });
      const missing = await backend.as('a', { method, path: `/data/Note/${never}`, body, headers });
      const [first, second] = [foreign, missing].map((answer) => expectProblem(answer, { status: 404, code: 'not_found' }));
      expect({ ...first, instance: '', requestId: '' }).toEqual({ ...second, instance: '', requestId: '' });
    });
    expect((await backend.as('b', { path: path(noteOfB) })).json).toEqual(noteOfB);
  });

  it('AZ03: a refused deletion frees no unique value', async () => {
    await backend.as('a', { method: 'DELETE', path: path(noteOfB) });
    const taken = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'of-b' } });
    expectProblem(taken, { status: 409, code: 'not_unique' });
  });
});

describe('AZ04, AZ05 guests', () => {
  const note = { title: 'x', slug: 'guest' };

  it.each<[string, string, object | undefined]>([
    ['GET', '/data/Note', undefined],
    ['GET', '/data/Note?unknown=1&filter=x&limit=0', undefined],
    ['GET', '/data/Note/count?filter=x', undefined],
    ['GET', '/data/Note/-?fields=x', undefined],
    ['GET', '/data/Note/count', undefined],
    ['GET', '/data/Note/by/slug/of-b', undefined],
    ['GET', '/data/Note/{id}', undefined],
    ['POST', '/data/Note', note],
    ['PATCH', '/data/Note/{id}', { title: 'x' }],
    ['PUT', '/data/Note/{id}', note],
    ['DELETE', '/data/Note/{id}', undefined],
    ['POST', '/data/Post', { title: 'x', slug: 'guest' }],
    ['POST', '/data/Doc', { title: 'x' }],
    ['GET', '/data/Doc', undefined],
  ])('may not %s %s', async (method, template, body) => {
    await backend.changesNothing(async () => {
      const answer = await backend.asGuest({ method, path: template.replace('{id}', String(noteOfB['id'])), body });
      expectProblem(answer, { status: 401, code: 'unauthenticated' });
    });
  });

  it('may read what anyone may read, and write none of it', async () => {
    const post = await backend.create('b', 'Post', { title: 'Public', slug: 'public' });
    expect((await backend.asGuest({ path: path(post, 'Post') })).json).toEqual(post);
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await backend.asGuest({ method, path: path(post, 'Post'), body: method === 'PATCH' ? { title: 'x' } : undefined });
      expectProblem(answer, { status: 401, code: 'unauthenticated' });
    }
    const byOther = await backend.as('a', { method: 'PATCH', path: path(post, 'Post'), body: { title: 'x' } });
    expectProblem(byOther, { status: 403, code: 'forbidden' });
  });
});

describe('AZ38 look-up by a unique value', () => {
  it('answers for a record of another user as for a value that nobody has', async () => {
    const foreign = await backend.as('a', { path: '/data/Note/by/slug/of-b' });
    const missing = await backend.as('a', { path: '/data/Note/by/slug/of-nobody' });
    const [first, second] = [foreign, missing].map((answer) => expectProblem(answer, { status: 404, code: 'not_found' }));
    expect({ ...first, instance: '', requestId: '' }).toEqual({ ...second, instance: '', requestId: '' });
    expect((await backend.as('b', { path: '/data/Note/by/slug/of-b' })).json).toEqual(noteOfB);
  });
});

describe('AZ17 an id in the body that is not the one of the path', () => {
  it.each(['PATCH', 'PUT'])('%s changes neither record', async (method) => {
    await backend.changesNothing(async () => {
      const body = { title: 'x', slug: 'of-a', id: noteOfB['id'] };
      expectProblem(await backend.as('a', { method, path: path(noteOfA), body }), { status: 400, code: 'id_mismatch' });
    });
  });
});

describe('AZ19 ids that a client chooses', () => {
  it.each([
    'USER#b',
    'role:admin',
    'a#b',
    '../x',
    '..',
    '__meta__',
    '_a',
    '-a',
    '',
    ' ',
    'a b',
    'a/b',
    'é',
    'a\u0000b',
    'count',
    'by',
    'x'.repeat(65),
    'x'.repeat(3_072),
  ])('refuses %j', async (id) => {
    await backend.changesNothing(async () => {
      const answer = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az19', id } });
      expectProblem(answer, { status: 400, code: 'invalid_id', pointers: ['/id'] });
    });
  });

  it.each([7, null, true, {}, ['a']])('refuses %j', async (id) => {
    await backend.changesNothing(async () => {
      const answer = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az19', id } });
      expect(answer.status).toBe(400);
    });
  });

  it('takes an id of its own only once, whoever has it', async () => {
    await backend.create('b', 'Note', { title: 'x', slug: 'az19-b', id: 'chosen' });
    await backend.changesNothing(async () => {
      const answer = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az19-a', id: 'chosen' } });
      expectProblem(answer, { status: 409, code: 'already_exists' });
    });
  });
});

describe('AZ20–AZ24 fields that only the server sets', () => {
  const later = '2099-01-01T00:00:00.000Z';

  it.each<[string, string, unknown, string]>([
    ['AZ20', 'owner', 'B', 'read_only_field'],
    ['AZ21', 'createdAt', later, 'read_only_field'],
    ['AZ21', 'updatedAt', later, 'read_only_field'],
    ['AZ21', 'version', 99, 'read_only_field'],
    ['AZ21', '_type', 'Doc', 'unknown_field'],
    ['AZ21', 'pk', 'x', 'unknown_field'],
    ['AZ21', 'sk', 'x', 'unknown_field'],
    ['AZ21', 'GSI1PK', 'x', 'unknown_field'],
    ['AZ21', 'ttl', 1, 'unknown_field'],
    ['AZ21', 'expanded', {}, 'unknown_field'],
    ['AZ22', 'Owner', 'B', 'unknown_field'],
    ['AZ22', 'OWNER', 'B', 'unknown_field'],
    ['AZ22', '_owner', 'B', 'unknown_field'],
    ['AZ22', 'owner ', 'B', 'unknown_field'],
    ['AZ22', 'owner\u200b', 'B', 'unknown_field'],
    ['AZ22', 'owner\u0000', 'B', 'unknown_field'],
    ['AZ23', 'owner', null, 'read_only_field'],
    ['AZ23', 'version', null, 'read_only_field'],
    ['AZ23', 'createdAt', null, 'read_only_field'],
    ['AZ24', 'owner', { set: 'B' }, 'read_only_field'],
    ['AZ24', 'version', { increment: 5 }, 'read_only_field'],
    ['AZ24', 'version', { increment: '1' }, 'read_only_field'],
  ])('%s: no request sets %j to %j', async (_, field, value, code) => {
    const pointer = `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const sent = field === 'owner' && value === 'B' ? backend.users.b.id : value;
    await backend.changesNothing(async () => {
      for (const [method, target] of [
        ['POST', '/data/Note'],
        ['PUT', path(noteOfA)],
        ['PATCH', path(noteOfA)],
      ] as const) {
        const answer = await backend.as('a', { method, path: target, body: { title: 'x', slug: 'az20', [field]: sent } });
        expectProblem(answer, { status: 400, code: code as 'read_only_field', pointers: [pointer] });
      }
    });
    expect((await backend.as('a', { path: path(noteOfA) })).json).toEqual(noteOfA);
  });

  it.each(['PATCH', 'PUT'])('AZ23: %s does not unset the id', async (method) => {
    await backend.changesNothing(async () => {
      const answer = await backend.as('a', { method, path: path(noteOfA), body: { title: 'x', slug: 'of-a', id: null } });
      expect(answer.status).toBe(400);
    });
  });

  it.each<[object, string]>([
    [{ priority: { increment: '1' } }, 'validation_failed'],
    [{ priority: { increment: null } }, 'validation_failed'],
    [{ priority: { increment: [1] } }, 'validation_failed'],
    [{ priority: { increment: { $: 1 } } }, 'validation_failed'],
    [{ priority: { increment: 1, set: 2 } }, 'validation_failed'],
    [{ title: { set: 'x' } }, 'validation_failed'],
    [{ title: { append: ['x'] } }, 'validation_failed'],
    [{ tags: { append: 'x' } }, 'validation_failed'],
    [{ tags: { append: [1] } }, 'validation_failed'],
    [{ tags: { append: Array.from({ length: 21 }, String) } }, 'too_many_items'],
    [{ id: { increment: 1 } }, 'id_mismatch'],
    [{ labels: { append: ['x'] } }, 'field_not_allowed'],
    [{ labels: { prepend: ['x'] }, tags: { append: ['x'] } }, 'field_not_allowed'],
    [{ secret: { append: ['x'] } }, 'field_not_allowed'],
  ])('AZ24: the operator %j is refused with %s', async (body, code) => {
    const operations = [{ op: 'update', model: 'Note', id: noteOfA['id'], body }];
    await backend.changesNothing(async () => {
      const alone = await backend.as('a', { method: 'PATCH', path: path(noteOfA), body });
      expect(alone).toMatchObject({ status: code === 'field_not_allowed' ? 403 : 400, json: { code } });
      const together = await backend.as('a', { method: 'POST', path: '/data/transaction', body: { operations } });
      expect(together.status).toBe(alone.status);
      const created = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az24', ...body } });
      expect(created.status).toBeGreaterThanOrEqual(400);
    });
  });

  it.each([{ labels: ['x'] }, { labels: { append: ['x'] } }, { labels: null }, { secret: 'x' }, { secretObj: { apiKey: 'x' } }])(
    'AZ24: an owner does not write %j, which only admins may write',
    async (body) => {
      await backend.changesNothing(async () => {
        const answer = await backend.as('a', { method: 'PATCH', path: path(noteOfA), body });
        expectProblem(answer, { status: 403, code: 'field_not_allowed' });
        const creation = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az24', ...body } });
        expectProblem(creation, { status: 403, code: 'field_not_allowed' });
      });
    },
  );

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at any depth', async (key) => {
    await backend.changesNothing(async () => {
      for (const body of [`{"title":"x","slug":"k","${key}":{"a":1}}`, `{"title":"x","slug":"k","meta":{"a":{"${key}":{"b":1}}}}`]) {
        expectProblem(await backend.as('a', { method: 'POST', path: '/data/Note', body }), { status: 400, code: 'prohibited_key' });
      }
    });
  });
});
