import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// The bounds of sizes, by the ids of the table of adversarial cases.

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const post = (body: unknown, path = '/data/Sample') => backend.as('a', { method: 'POST', path, body });
const read = async (id: unknown) => (await backend.as('a', { path: `/data/Sample/${String(id)}?consistent=true` })).json;

describe('IN10, IN11 bodies that are too large', () => {
  it('IN10: one of 11 MB never gets past the gateway', async () => {
    await backend.changesNothing(async () => {
      for (const path of ['/data/Sample', '/auth/login']) {
        // The gateway answers with its own words: an HTTP API has none to choose from.
        const status = await post({ title: 'x'.repeat(11_000_000) }, path).then(
          (answer) => answer.status,
          (failure: NodeJS.ErrnoException) => failure.code,
        );
        expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
      }
    });
    expect((await post({ title: 'next' })).status).toBe(201);
  });

  it.each([
    ['5 MB and a byte', 5 * 1_024 * 1_024 + 1],
    ['7 MB', 7_000_000],
    ['9.9 MB', 9_900_000],
  ])('IN11: one of %s is refused', async (_, bytes) => {
    await backend.changesNothing(async () => {
      for (const path of ['/data/Sample', '/data/transaction', '/auth/login']) {
        const answer = await post(`{"title":"${'x'.repeat(bytes - 12)}"}`, path);
        // Beyond 6 MB the function is not even called, and the gateway answers in its own form.
        expect(answer.status).toBe(413);
        if (bytes < 6_000_000) expectProblem(answer, { status: 413, code: 'body_too_large' });
      }
    });
    expect((await post({ title: 'next' })).status).toBe(201);
  });
});

describe('IN13, IN14 records of 400 KB', () => {
  const limit = 409_600;
  /** Bytes of a record that are not its text, as the refusal counts them. */
  const overheadOf = async (body: Readonly<Record<string, unknown>>): Promise<number> => {
    const problem = expectProblem(await post({ ...body, text: 'x'.repeat(limit) }), { status: 413, code: 'item_too_large' });
    return Number(/has (\d+) bytes/.exec(problem.detail)?.[1]) - limit;
  };
  const textOf = (bytes: number, unit: string): string => {
    const size = Buffer.byteLength(unit);
    return unit.repeat(Math.floor(bytes / size)) + 'x'.repeat(bytes % size);
  };

  it.each([
    ['letters', 'x'],
    ['characters of 3 bytes', '€'],
    ['characters of 4 bytes', '😀'],
  ])('IN13: of %s are taken to the byte, and one more is refused without taking the unique value', async (name, unit) => {
    const body = { title: 'x', slug: `in13-${name.replaceAll(' ', '-')}` };
    const room = limit - (await overheadOf(body));
    await backend.changesNothing(async () => {
      expectProblem(await post({ ...body, text: textOf(room + 1, unit) }), { status: 413, code: 'item_too_large' });
      const operations = [{ op: 'create', model: 'Sample', body: { ...body, text: textOf(room + 1, unit) } }];
      expectProblem(await post({ operations }, '/data/transaction'), { status: 413, code: 'item_too_large' });
    });
    const created = await post({ ...body, text: textOf(room, unit) });
    expect(created.status).toBe(201);
    expect(await read((created.json as { id: string }).id)).toMatchObject({ text: textOf(room, unit) });
  });

  it('IN13: the names of nested keys and the index keys count, too', async () => {
    const meta = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`a-rather-long-name-${index}`.padEnd(60, 'x'), 1]));
    const room = limit - (await overheadOf({ title: 'x', meta, part: 'p' }));
    expect(room).toBeLessThan(limit - 4_000 * 60);
    expectProblem(await post({ title: 'x', meta, part: 'p', text: textOf(room + 1, 'x') }), { status: 413, code: 'item_too_large' });
    expect((await post({ title: 'x', meta, part: 'p', text: textOf(room, 'x') })).status).toBe(201);
  });

  it('IN14: a patch does not grow a record past the bound, and leaves it as it was', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x', slug: 'in14', text: 'x'.repeat(390 * 1_024) });
    const path = `/data/Sample/${String(record['id'])}`;
    const grown = [
      { meta: 'y'.repeat(20_000) },
      { slug: 'in14-new', meta: 'y'.repeat(20_000) },
      { text: 'x'.repeat(410_000) },
      { list: { append: ['y'.repeat(20_000)] } },
      { hits: { increment: 1 }, meta: 'y'.repeat(20_000) },
    ];
    await backend.changesNothing(async () => {
      for (const body of grown) {
        const answer = await backend.as('a', { method: 'PATCH', path, body });
        expectProblem(answer, { status: 413, code: 'item_too_large' });
        const once = await backend.as('a', { method: 'PATCH', path, body, headers: { 'idempotency-key': `in14-${grown.indexOf(body)}` } });
        expectProblem(once, { status: 413, code: 'item_too_large' });
      }
      const whole = await backend.as('a', { method: 'PUT', path, body: { title: 'x', text: 'x'.repeat(limit) } });
      expectProblem(whole, { status: 413, code: 'item_too_large' });
      const operations = [{ op: 'update', model: 'Sample', id: record['id'], body: grown[0] }];
      expectProblem(await post({ operations }, '/data/transaction'), { status: 413, code: 'item_too_large' });
    });
    expect(await read(record['id'])).toEqual(record);
    expectProblem(await post({ title: 'y', slug: 'in14' }), { status: 409, code: 'not_unique' });
    expect((await post({ title: 'y', slug: 'in14-new' })).status).toBe(201);
  });
});

describe('IN15 parts of index keys', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['2,049 bytes in the first place', { part: `${'€'.repeat(682)}xxx` }, '/part'],
    ['2,049 bytes of letters in the first place', { part: 'x'.repeat(2_049) }, '/part'],
    ['1,025 bytes in the second place', { label: `${'€'.repeat(341)}xx` }, '/label'],
    ['1,025 bytes of letters in the second place', { label: 'x'.repeat(1_025) }, '/label'],
  ])('IN15: %s are refused', async (_, fields, pointer) => {
    const { id } = await backend.create('a', 'Sample', { title: 'x' });
    await backend.changesNothing(async () => {
      expectProblem(await post({ title: 'x', ...fields }), { status: 400, code: 'key_too_long', pointers: [pointer] });
      for (const method of ['PATCH', 'PUT']) {
        const answer = await backend.as('a', { method, path: `/data/Sample/${String(id)}`, body: { title: 'x', ...fields } });
        expectProblem(answer, { status: 400, code: 'key_too_long', pointers: [pointer] });
      }
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['2,048 bytes in the first place', { part: `${'€'.repeat(682)}xx` }],
    ['1,024 bytes in the second place', { label: `${'€'.repeat(341)}x` }],
  ])('IN15: %s are taken', async (_, fields) => {
    const created = await post({ title: 'x', ...fields });
    expect(created.status).toBe(201);
    expect(await read((created.json as { id: string }).id)).toMatchObject(fields);
  });

  it('IN15: a unique value may be long, since its key is a hash', async () => {
    const slug = '€'.repeat(3_000);
    expect((await post({ title: 'x', slug })).status).toBe(201);
    expectProblem(await post({ title: 'x', slug }), { status: 409, code: 'not_unique' });
    expect((await post({ title: 'x', slug: `${slug}x` })).status).toBe(201);
  });
});
