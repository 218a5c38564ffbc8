import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, type CasesUser, startCases } from './cases-backend.ts';

// Pages, cursors and what lists cost, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;
interface Page {
  readonly items: readonly Rec[];
  readonly cursor?: string;
}

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
  await fill('a', 12);
  await fill('b', 12);
});
afterAll(() => backend?.stop());

const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;
/** Makes records by batches. */
const fillAs = async (token: string, total: number, body: (index: number) => Rec): Promise<void> => {
  for (let start = 0; start < total; start += 100) {
    const operations = Array.from({ length: Math.min(100, total - start) }, (_, index) => ({
      op: 'create',
      model: 'Sample',
      body: body(start + index),
    }));
    const answer = await backend.asGuest({ method: 'POST', path: '/data/batch/write', token, body: { operations } });
    expect((answer.json as { results: { status: number }[] }).results.every(({ status }) => status === 201)).toBe(true);
  }
};
const fill = (actor: 'a' | 'b', total: number): Promise<void> =>
  fillAs(backend.users[actor].accessToken, total, (index) => ({ title: `${actor} ${index}`, hits: index, text: actor, part: 'p' }));
const page = async (token: string, parameters: Readonly<Record<string, string>> = {}): Promise<Page> => {
  const answer = await backend.asGuest({ path: `/data/Sample${query(parameters)}`, token });
  expect(answer).toMatchObject({ status: 200 });
  return answer.json as Page;
};
/** All pages of a list, to the end. */
const walk = async (
  token: string,
  parameters: Readonly<Record<string, string>>,
  between: (index: number, page: Page) => Promise<void> = async () => undefined,
): Promise<readonly Page[]> => {
  const pages: Page[] = [];
  for (let cursor: string | undefined; pages.length < 100; ) {
    const next = await page(token, { ...parameters, ...(cursor !== undefined && { cursor }) });
    pages.push(next);
    cursor = next.cursor;
    if (cursor === undefined) return pages;
    await between(pages.length, next);
  }
  throw new Error('the list does not end');
};
const cursorOf = async (actor: 'a' | 'b' = 'a', parameters: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { cursor } = await page(backend.users[actor].accessToken, { limit: '5', ...parameters });
  expect(cursor).toMatch(/^[\w-]+$/);
  return cursor ?? '';
};
const expectInvalid = async (cursor: string, actor: 'a' | 'b' = 'a', more: Readonly<Record<string, string>> = {}): Promise<void> => {
  const answer = await backend.as(actor, { path: `/data/Sample${query({ limit: '5', ...more, cursor })}` });
  expectProblem(answer, { status: 400, code: 'invalid_cursor' });
};

describe('QF08, QF09, QF11 cursors that are none', () => {
  it('QF08: with any one byte flipped', async () => {
    const bytes = Buffer.from(await cursorOf(), 'base64url');
    for (let index = 0; index < bytes.length; index += Math.ceil(bytes.length / 40)) {
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      await expectInvalid(flipped.toString('base64url'));
    }
  });

  it.each<[string, (cursor: string) => string]>([
    ['cut', (cursor) => cursor.slice(0, -1)],
    ['cut to half', (cursor) => cursor.slice(0, cursor.length / 2)],
    ['cut at its head', (cursor) => cursor.slice(1)],
    ['empty', () => ''],
    ['of one letter', () => 'A'],
    ['of 10 KB', (cursor) => cursor.padEnd(8_500, 'A')],
    ['longer', (cursor) => `${cursor}AAAA`],
    ['with padding', (cursor) => `${cursor}==`],
    ['with a blank', (cursor) => ` ${cursor}`],
    ['in another alphabet', (cursor) => `${cursor.slice(0, -2)}+/`],
    ['of zeros', () => 'A'.repeat(80)],
    ['of another version', (cursor) => Buffer.concat([Buffer.of(2), Buffer.from(cursor, 'base64url').subarray(1)]).toString('base64url')],
    ['JSON', () => JSON.stringify([{ id: 'x' }])],
    ['of DynamoDB', () => Buffer.from(JSON.stringify({ id: { S: 'x' } })).toString('base64')],
    ['a prototype', () => '__proto__'],
  ])('QF08: one that is %s', async (_, change) => {
    await expectInvalid(change(await cursorOf()));
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['another filter', { filter: '{"hits":1}' }],
    ['another order', { sort: 'createdAt' }],
    ['the other direction', { sort: '-hits' }],
  ])('QF08: with %s', async (_, more) => {
    await expectInvalid(await cursorOf(), 'a', more);
  });

  it('QF08: of another model', async () => {
    const answer = await backend.as('a', { path: `/data/Note${query({ cursor: await cursorOf() })}` });
    expectProblem(answer, { status: 400, code: 'invalid_cursor' });
  });

  it('QF09: of another user', async () => {
    await expectInvalid(await cursorOf('a'), 'b');
    await expectInvalid(await cursorOf('b'), 'a');
    await expectInvalid(await cursorOf('a', { filter: '{"part":"p"}' }), 'b', { filter: '{"part":"p"}' });
  });

  it('QF11: shows no key, no address and no owner, and no two are alike', async () => {
    const cursors = [await cursorOf(), await cursorOf(), await cursorOf('a', { sort: 'hits' })];
    expect(new Set(cursors).size).toBe(cursors.length);
    const { id, email } = backend.users.a;
    for (const cursor of cursors) {
      const decoded = Buffer.from(cursor, 'base64url').toString('latin1');
      for (const secret of [id, email, 'owner', 'createdAt', 'Sample', '2026', 'hits']) expect(decoded).not.toContain(secret);
    }
  });

  it('QF11: one of the attacker’s making, with the keys of B', async () => {
    const ofB = (await page(backend.users.b.accessToken, { limit: '1' })).items[0] as Rec;
    const key = { id: ofB['id'], owner: ofB['owner'], createdAt: ofB['createdAt'] };
    for (const forged of [key, [key], { LastEvaluatedKey: key }]) {
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        await expectInvalid(Buffer.from(JSON.stringify(forged)).toString(encoding));
      }
    }
  });

  it('QF08: a good one is good again, and with another limit', async () => {
    const cursor = await cursorOf();
    const [first, second] = [
      await page(backend.users.a.accessToken, { limit: '5', cursor }),
      await page(backend.users.a.accessToken, { limit: '3', cursor }),
    ];
    expect(second.items).toEqual(first.items.slice(0, 3));
  });
});

describe('QF12 lists that change between pages', () => {
  let user: CasesUser;
  beforeEach(async () => {
    user = await backend.newUser();
    await fillAs(user.accessToken, 25, (index) => ({ title: `t${String(index).padStart(2, '0')}`, hits: index * 10 }));
  });
  const remove = async ({ id }: Rec): Promise<void> => {
    const answer = await backend.asGuest({ method: 'DELETE', path: `/data/Sample/${String(id)}`, token: user.accessToken });
    expect(answer.status).toBe(204);
  };

  it.each(['hits', '-hits', 'createdAt', '-createdAt'])('QF12: by %s: what is there all the time comes once', async (sort) => {
    const before = (await walk(user.accessToken, { sort, limit: '100' })).flatMap(({ items }) => items);
    const gone = new Set<unknown>();
    const pages = await walk(user.accessToken, { sort, limit: '4' }, async (index, { items }) => {
      // The record that the cursor stands on, and one that is still to come.
      const ahead = before[index * 4 + 2];
      for (const record of [items.at(-1), ahead]) {
        if (record === undefined || gone.has(record['id'])) continue;
        gone.add(record['id']);
        await remove(record);
      }
      const body = (hits: number): Rec => ({ title: 'new', hits });
      await fillAs(user.accessToken, 2, (each) => body(each === 0 ? -index : 1_000 + index));
    });
    const seen = pages.flatMap(({ items }) => items).map(({ id }) => id);
    expect(new Set(seen).size).toBe(seen.length);
    const stayed = before.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
    expect(seen).toEqual(expect.arrayContaining(stayed));
    expect(seen.filter((id) => stayed.includes(id))).toEqual(stayed);
  });
});

describe('QF13 the end of a list', () => {
  it.each([0, 1, 19, 20, 21, 40])('QF13: %d records at 20 a page', async (total) => {
    const { accessToken } = await backend.newUser();
    await fillAs(accessToken, total, (index) => ({ title: `t${index}` }));
    for (const parameters of [{}, { limit: '20' }, { sort: 'hits', limit: '20' }] as Record<string, string>[]) {
      const pages = await walk(accessToken, parameters);
      expect(pages.flatMap(({ items }) => items)).toHaveLength(total);
      expect(pages.length).toBeLessThanOrEqual(Math.floor(total / 20) + 1);
      for (const { items } of pages.slice(0, Math.floor(total / 20))) expect(items).toHaveLength(20);
    }
  });
});

describe('QF16 reading what was just written', () => {
  it('QF16: a record is there at once when it is asked for with consistent, 200 times', async () => {
    const { accessToken: token } = await backend.newUser();
    for (let index = 0; index < 200; index += 1) {
      const slug = `qf16-${index}`;
      const created = await backend.asGuest({ method: 'POST', path: '/data/Sample', token, body: { title: 'x', slug } });
      const { id } = created.json as Rec;
      const [byId, bySlug] = await Promise.all([
        backend.asGuest({ path: `/data/Sample/${String(id)}?consistent=true`, token }),
        backend.asGuest({ path: `/data/Sample/by/slug/${slug}?consistent=true`, token }),
      ]);
      expect([byId.status, bySlug.status]).toEqual([200, 200]);
    }
  });

  it('QF16: lists read indexes, so that they take no consistent', async () => {
    const answer = await backend.as('a', { path: '/data/Sample?consistent=true' });
    expectProblem(answer, { status: 400, code: 'unknown_field', pointers: ['/query/consistent'] });
  });
});

describe('QF18 filters that match nothing', () => {
  it('QF18: cost no more than the budget each time, and end', async () => {
    const { accessToken: token } = await backend.newUser();
    const total = 2_500;
    await fillAs(token, total, (index) => ({ title: `t${index}`, text: 'x'.repeat(200) }));
    const path = `/data/Sample${query({ filter: '{"text":"nothing is like this"}' })}`;
    // 1,000 entries of about half a KB, eventually consistent: 8 KB a unit; in batches, each rounded up.
    const most = 1_000 * (0.6 / 8) + 20;
    let cursor: string | undefined;
    for (let index = 0; index < 50; index += 1) {
      const before = backend.traffic()['dynamodb:Query'];
      const startedAt = performance.now();
      const answer = await backend.asGuest({ path: cursor === undefined ? path : `${path}&cursor=${cursor}`, token });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      const after = backend.traffic()['dynamodb:Query'];
      expect(answer.status).toBe(200);
      const { items, cursor: next } = answer.json as Page;
      expect(items).toEqual([]);
      expect((after?.readUnits ?? 0) - (before?.readUnits ?? 0)).toBeLessThan(most);
      expect((after?.requests ?? 0) - (before?.requests ?? 0)).toBeLessThan(12);
      cursor = next;
    }
    const pages = await walk(token, { filter: '{"text":"nothing is like this"}' });
    expect(pages.length).toBe(Math.ceil(total / 1_000));
  });

  it('QF18: a count of as many stays in its budget, too', async () => {
    const { accessToken: token } = await backend.newUser();
    const before = backend.traffic()['dynamodb:Query']?.requests ?? 0;
    const answer = await backend.asGuest({ path: `/data/Sample/count${query({ filter: '{"text":"nothing"}' })}`, token });
    expect(answer.json).toEqual({ count: 0, complete: true });
    expect((backend.traffic()['dynamodb:Query']?.requests ?? 0) - before).toBe(1);
  });
});
