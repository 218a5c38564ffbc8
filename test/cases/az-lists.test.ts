import type { Page } from '../../contracts/data.ts';
import { expectNoInternals, expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Authorization on lists, counts, fields and relations (OWASP API1, API3), by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
let profileOfB: Rec;

beforeAll(async () => {
  backend = await startCases();
  profileOfB = await backend.create('b', 'Profile', { nickname: 'bobby', phone: '+49 170 1234567' });
  for (let index = 0; index < 20; index += 1) {
    await backend.create('b', 'Note', { title: `B ${index}`, slug: `b-${index}`, priority: 1, profileId: profileOfB['id'] });
  }
  for (let index = 0; index < 3; index += 1) {
    await backend.create('a', 'Note', { title: `A ${index}`, slug: `a-${index}`, priority: 1 });
  }
});
afterAll(() => backend?.stop());

const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;
const filtered = (filter: unknown, more: Readonly<Record<string, string>> = {}): string =>
  query({ filter: JSON.stringify(filter), ...more });
const itemsOf = (answer: { readonly json: unknown }): readonly Rec[] => (answer.json as Page<Rec>).items;

describe('AZ06 a list of another user’s records', () => {
  it.each<[string, () => unknown]>([
    ['owner = B', () => ({ owner: backend.users.b.id })],
    ['owner in [A, B]', () => ({ owner: { in: [backend.users.a.id, backend.users.b.id] } })],
    ['owner ≠ A', () => ({ owner: { ne: backend.users.a.id } })],
    ['owner = B or owner = A', () => ({ or: [{ owner: backend.users.b.id }, { owner: backend.users.a.id }] })],
    ['not owner = A', () => ({ not: { owner: backend.users.a.id } })],
    ['a priority that all have', () => ({ priority: 1 })],
    ['a slug of B', () => ({ slug: 'b-3' })],
    ['a profile of B', () => ({ profileId: profileOfB['id'] })],
  ])('holds nothing of B for %s', async (_, filter) => {
    const answer = await backend.as('a', { path: `/data/Note${filtered(filter())}` });
    if (answer.status === 200) expect(itemsOf(answer).filter(({ owner }) => owner !== backend.users.a.id)).toEqual([]);
    else expect(answer.status).toBe(400);
    expectNoInternals(answer);
  });
});

describe('AZ08 a count', () => {
  it.each([undefined, { priority: 1 }, { priority: { gte: 0 } }, { title: { contains: 'B' } }])(
    'of %j counts what the caller may read',
    async (filter) => {
      const answer = await backend.as('a', { path: `/data/Note/count${filter === undefined ? '' : filtered(filter)}` });
      expect(answer.json).toEqual({ count: JSON.stringify(filter)?.includes('"B"') ? 0 : 3, complete: true });
      const byOwner = await backend.as('b', { path: '/data/Note/count' });
      expect(byOwner.json).toEqual({ count: 20, complete: true });
    },
  );

  it('of a model that the caller may not read at all is refused', async () => {
    expectProblem(await backend.as('a', { path: '/data/Doc/count' }), { status: 403, code: 'forbidden' });
  });
});

const secretShapes: readonly [string, unknown][] = [
  ['equal', { secret: 'GUESS' }],
  ['begins with', { secret: { beginsWith: 'GUESS' } }],
  ['exists', { secret: { exists: true } }],
  ['in', { secret: { in: ['GUESS', 'x'] } }],
  ['between', { secret: { between: ['GUESS', 'GUESS~'] } }],
  ['beside an index', { priority: 1, secret: { ne: 'GUESS' } }],
  ['in and', { and: [{ priority: 1 }, { secret: 'GUESS' }] }],
  ['in or, and, not', { or: [{ and: [{ not: { secret: 'GUESS' } }] }] }],
  ['of an object', { secretObj: { exists: true } }],
];

describe('AZ09, AZ10 filters and orders by a field that the caller may not read', () => {
  beforeAll(async () => {
    const list = itemsOf(await backend.as('a', { path: '/data/Note' }));
    const id = String(list[0]?.['id']);
    const body = { secret: 'k3y', secretObj: { apiKey: 'k3y' } };
    expect((await backend.as('admin', { method: 'PATCH', path: `/data/Note/${id}`, body })).status).toBe(200);
  });

  it.each(secretShapes)('refuses a filter: %s', async (_, shape) => {
    for (const route of ['/data/Note', '/data/Note/count']) {
      const answers = await Promise.all(
        ['k3y', 'wrong'].map((guess) =>
          backend.as('a', { path: `${route}${query({ filter: JSON.stringify(shape).replaceAll('GUESS', guess) })}` }),
        ),
      );
      const [right, wrong] = answers.map((answer) => expectProblem(answer, { status: 403, code: 'field_not_allowed' }));
      expect({ ...right, requestId: '' }).toEqual({ ...wrong, requestId: '' });
    }
  });

  it.each(['secret', '-secret', '-secretObj', 'secretObj'])('refuses the order %s', async (sort) => {
    expectProblem(await backend.as('a', { path: `/data/Note${query({ sort })}` }), { status: 403, code: 'field_not_allowed' });
  });

  it.each(['secretObj.apiKey', 'secret.0', 'meta.x', 'secret ', 'Secret', '__proto__', 'constructor'])(
    'says the same to the field name %j whatever is guessed',
    async (name) => {
      const guesses = Array.from({ length: 16 }, (_, index) => (index === 7 ? 'k3y' : `guess-${index}`));
      const answers = await Promise.all(
        guesses.map((guess) => backend.as('a', { path: `/data/Note${query({ filter: `{"${name}":"${guess}"}` })}` })),
      );
      const seen = new Set(answers.map(({ status, json }) => JSON.stringify([status, { ...(json as object), requestId: '' }])));
      expect(seen.size).toBe(1);
      expect([400, 403]).toContain(answers[0]?.status);
    },
  );

  it('lets those who may read the field filter by it', async () => {
    const answer = await backend.as('admin', { path: `/data/Note${filtered({ priority: 1, secret: 'k3y' })}` });
    expect(itemsOf(answer)).toHaveLength(1);
  });
});

describe('AZ11 fields that the caller may not read', () => {
  it.each(['secret', '*', 'title,secret', 'secretObj', 'secretObj.apiKey', 'Secret', 'secret,secret', ' secret', '__proto__'])(
    'are not shown for fields=%s',
    async (fields) => {
      const list = itemsOf(await backend.as('a', { path: '/data/Note' }));
      const paths = ['/data/Note', `/data/Note/${String(list[0]?.['id'])}`, '/data/Note/by/slug/a-0'];
      for (const path of paths) {
        const answer = await backend.as('a', { path: `${path}${query({ fields })}` });
        expect([200, 400, 403]).toContain(answer.status);
        expect(answer.text).not.toContain('k3y');
        if (answer.status !== 200) expectNoInternals(answer);
      }
    },
  );

  it('are not shown without fields either', async () => {
    for (const path of ['/data/Note', '/data/Note/by/slug/a-0']) {
      const answer = await backend.as('a', { path });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('secret');
    }
  });
});

describe('AZ13, AZ14 relations to records that the caller may not read', () => {
  const missing = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('AZ13: expand to nothing, and nothing of the other record leaks', async () => {
    const pointing = await backend.create('a', 'Note', { title: 'Nosy', slug: 'nosy', profileId: profileOfB['id'] });
    for (const path of [`/data/Note/${String(pointing['id'])}?expand=profile`, '/data/Note/by/slug/nosy?expand=profile']) {
      const answer = await backend.as('a', { path });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ ...pointing, expanded: { profile: null } });
    }
    const list = await backend.as('a', { path: '/data/Note?expand=profile' });
    expect(list.status).toBe(200);
    expect(list.text).not.toMatch(/bobby|170 1234567/);
  });

  it('AZ14: a write does not tell whether the other record exists', async () => {
    const write = (slug: string, profileId: unknown) =>
      backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug, profileId } });
    const [toForeign, toMissing] = await Promise.all([write('r-1', profileOfB['id']), write('r-2', missing)]);
    expect(toForeign.status).toBe(toMissing.status);
    const read = (slug: string) => backend.as('a', { path: `/data/Note/by/slug/${slug}?expand=profile` });
    const expanded = await Promise.all(['r-1', 'r-2'].map(async (slug) => ((await read(slug)).json as Rec | undefined)?.['expanded']));
    expect(expanded[0]).toEqual(expanded[1]);
  });

  it('AZ14: neither a count nor a list by the relation tells of the other user’s records', async () => {
    const count = await backend.as('a', { path: `/data/Note/count${filtered({ profileId: profileOfB['id'] })}` });
    const own = itemsOf(await backend.as('a', { path: '/data/Note?limit=100' })).filter(({ profileId }) => profileId === profileOfB['id']);
    expect(count.json).toEqual({ count: own.length, complete: true });
  });

  it('AZ13: the owner sees the own records of a relation only', async () => {
    const answer = await backend.as('b', { path: `/data/Profile/${String(profileOfB['id'])}?expand=notes` });
    expect(answer.status).toBe(200);
    const { expanded } = answer.json as { expanded: { notes: Page<Rec> } };
    expect(expanded.notes.items.length).toBeGreaterThan(0);
    expect(expanded.notes.items.filter(({ owner }) => owner !== backend.users.b.id)).toEqual([]);
  });

  it.each(['author', 'profile.notes.profile', 'profileId', '__proto__', 'constructor', '*'])(
    'an unknown relation %s is refused',
    async (expand) => {
      const answer = await backend.as('a', { path: `/data/Note${query({ expand })}` });
      expect(answer.status).toBe(400);
      expectNoInternals(answer);
    },
  );
});
