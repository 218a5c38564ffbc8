import { z } from 'zod';
import { model } from '../../contracts/model.ts';
import { compileModels } from '../../lib/data/compile-models.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { fastestRequestMs } from '../support/fastest-run.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Values of fields, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

const post = (body: unknown) => backend.as('a', { method: 'POST', path: '/data/Sample', body });
const read = async (id: unknown): Promise<Rec> =>
  (await backend.as('a', { path: `/data/Sample/${String(id)}?consistent=true` })).json as Rec;
const roundTrip = async (fields: Rec): Promise<Rec> => {
  const created = await post({ title: 'x', ...fields });
  expect(created).toMatchObject({ status: 201 });
  const record = created.json as Rec;
  const stored = await read(record['id']);
  expect(stored).toEqual(record);
  return stored;
};
/** Refused in a new record and in a change, with the same words, and nothing is stored. */
const expectRefused = async (fields: Rec | string, pointer: string): Promise<void> => {
  const { id } = await backend.create('a', 'Sample', { title: 'x' });
  await backend.changesNothing(async () => {
    for (const [method, path] of [
      ['POST', '/data/Sample'],
      ['PATCH', `/data/Sample/${String(id)}`],
      ['PUT', `/data/Sample/${String(id)}`],
    ] as const) {
      const answer = await backend.as('a', { method, path, body: fields });
      expectProblem(answer, { status: 400, code: 'validation_failed', pointers: [pointer] });
    }
  });
};

describe('IN16 nothing in several forms', () => {
  it.each<[string, Rec, string]>([
    ['an empty text in the first place of an index', { part: '' }, '/part'],
    ['an empty text in the second place of an index', { label: '' }, '/label'],
    ['an empty unique value', { slug: '' }, '/slug'],
  ])('IN16: %s is refused', async (_, fields, pointer) => {
    await expectRefused(fields, pointer);
  });

  it('IN16: null is no value of a field that is not nullable', async () => {
    for (const name of ['text', 'part', 'title', 'amount', 'tags']) {
      await backend.changesNothing(async () => {
        expectProblem(await post({ title: 'x', [name]: null }), { status: 400, code: 'validation_failed', pointers: [`/${name}`] });
      });
    }
  });

  it('IN16: an empty text, null and no value read back as themselves', async () => {
    const empty = await roundTrip({ text: '', nullable: '' });
    expect(empty).toMatchObject({ text: '', nullable: '' });
    const none = await roundTrip({ nullable: null });
    expect(none['nullable']).toBeNull();
    expect(Object.keys(none)).not.toContain('text');
    const absent = await roundTrip({});
    expect(Object.keys(absent)).not.toContain('nullable');
  });

  it('IN16: null in a patch removes, and in a nullable field is stored', async () => {
    const { id } = await roundTrip({ text: 'x', nullable: 'y', part: 'p' });
    const path = `/data/Sample/${String(id)}`;
    expect((await backend.as('a', { method: 'PATCH', path, body: { text: null, nullable: null, part: null } })).status).toBe(200);
    const stored = await read(id);
    expect(Object.keys(stored)).not.toEqual(expect.arrayContaining(['text']));
    expect(Object.keys(stored)).not.toEqual(expect.arrayContaining(['part']));
    expect(stored['nullable']).toBeNull();
    const list = await backend.as('a', { path: `/data/Sample?${new URLSearchParams({ filter: '{"part":"p"}' })}` });
    expect((list.json as { items: Rec[] }).items.filter((item) => item['id'] === id)).toEqual([]);
  });
});

describe('IN18 numbers', () => {
  it.each(['NaN', 'Infinity', '-Infinity', '0x10', '01', '+1', '.5', '1.', '1e', '--1', '1_000', '０'])(
    'IN18: a bare %s is no JSON',
    async (text) => {
      await backend.changesNothing(async () => {
        const answer = await post(`{"title":"x","amount":${text}}`);
        expectProblem(answer, { status: 400, code: 'invalid_json' });
      });
    },
  );

  it.each(['1e400', '-1e400', '1e308', '1e126', '1e-131', '"NaN"', '"1"', '""', 'true', '[1]', '{}', '{"increment":"1"}'])(
    'IN18: %s is no number that can be stored',
    async (text) => {
      await backend.changesNothing(async () => {
        expectProblem(await post(`{"title":"x","amount":${text}}`), { status: 400, code: 'validation_failed' });
        expectProblem(await post(`{"title":"x","hits":${text}}`), { status: 400, code: 'validation_failed' });
      });
    },
  );

  it.each([0, -1, 0.1, 1e125, -1e125, 1e-130, 123456789.123456, Number.MAX_SAFE_INTEGER, 5e-10])(
    'IN18: %d reads back as it is',
    async (amount) => {
      expect(await roundTrip({ amount })).toMatchObject({ amount });
    },
  );

  it('IN18: a whole number is whole, and safe', async () => {
    await expectRefused({ hits: 1.5 }, '/hits');
    await expectRefused('{"title":"x","hits":9007199254740993000}', '/hits');
    expect(await roundTrip({ hits: Number.MIN_SAFE_INTEGER })).toMatchObject({ hits: Number.MIN_SAFE_INTEGER });
  });
});

describe('IN19 lists', () => {
  it.each<[string, readonly unknown[]]>([
    ['empty', []],
    ['with the same item twice', ['a', 'a', 1, 1]],
    ['of mixed types', ['a', 1, true, null, [], {}, ['b', 2], { c: [3] }]],
    ['of empty texts', ['', '']],
  ])('IN19: one %s reads back in its order', async (_, list) => {
    expect(await roundTrip({ list })).toMatchObject({ list });
    if (list.every((item) => typeof item === 'string')) expect(await roundTrip({ tags: list })).toMatchObject({ tags: list });
  });

  it('IN19: an item of another type is pointed at', async () => {
    await expectRefused({ tags: ['a', 1, 'b', null] }, '/tags/1');
    await expectRefused({ tags: 'a' }, '/tags');
    expectProblem(await post({ title: 'x', tags: { 0: 'a' } }), { status: 400, code: 'validation_failed', pointers: ['/tags'] });
  });
});

describe('IN20 dates', () => {
  it.each([
    ...['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-32T00:00:00Z', '2025-02-29T00:00:00Z'],
    ...['2026-01-01T00:00:00', '2026-01-01', '2026-01-01 00:00:00Z', '10000-01-01T00:00:00Z', '+010000-01-01T00:00:00Z'],
    ...['2026-06-30T23:59:60Z', '2026-01-01T24:00:00Z', '2026-01-01T25:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:00+24:00'],
    ...['2026-01-01T00:00:00z ', 'today', '1767225600', '', '2026-1-1T0:0:0Z', '２026-01-01T00:00:00Z'],
  ])('IN20: %j is no moment', (at) => expectRefused({ at }, '/at'));

  it.each(['2026-02-30', '2026-13-01', '2025-02-29', '10000-01-01', '2026-01-01T00:00:00Z', '2026-1-1'])('IN20: %j is no day', (day) =>
    expectRefused({ day }, '/day'),
  );

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T01:30:00+01:30', '2026-01-01T00:00:00.000Z'],
    ['2025-12-31T19:00:00-05:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500Z'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
  ])('IN20: %s is stored as %s', async (at, stored) => {
    expect(await roundTrip({ at }).catch(() => undefined)).toMatchObject({ at: stored });
  });

  it('IN20: moments sort by time, whatever their zones were', async () => {
    const { accessToken: token } = await backend.newUser();
    const moments = ['2026-03-01T00:30:00+02:00', '2026-02-28T23:00:00Z', '2026-02-28T18:45:00-05:00', '2026-02-28T22:00:00.001Z'];
    for (const at of moments) {
      await backend.asGuest({ method: 'POST', path: '/data/Sample', token, body: { title: at, at } });
    }
    const list = await backend.asGuest({ path: '/data/Sample?sort=at', token });
    const titles = (list.json as { items: { title: string }[] }).items.map(({ title }) => title);
    expect(titles).toEqual([moments[3], moments[0], moments[1], moments[2]]);
  });
});

describe('IN21 forms of texts', () => {
  it.each<[string, Rec]>([
    ['a mail address with a line break', { mail: 'a@example.com\n' }],
    ['a mail address with a header', { mail: 'a@example.com\r\nBcc: b@example.com' }],
    ['two mail addresses', { mail: 'a@example.com,b@example.com' }],
    ['a mail address with a NUL', { mail: 'a\u0000@example.com' }],
    ['a script as a link', { link: 'javascript:alert(1)' }],
    ['a script with a tab as a link', { link: 'java\tscript:alert(1)' }],
    ['data as a link', { link: 'data:text/html,<script>alert(1)</script>' }],
    ['a file as a link', { link: 'file:///etc/passwd' }],
    ['a link to nowhere', { link: 'https://' }],
    ['a link with a password', { link: 'https://user:pass@example.com/' }],
    ['a link with a line break', { link: 'https://example.com/\nx' }],
    ['a link without a scheme', { link: '//example.com' }],
    ['a UUID without dashes', { uuid: '01890a5dac967 74bbcceb302099a8057' }],
    ['a UUID with braces', { uuid: '{01890a5d-ac96-774b-bcce-b302099a8057}' }],
    ['a UUID with a line break', { uuid: '01890a5d-ac96-774b-bcce-b302099a8057\n' }],
    ['a choice in capitals', { kind: 'SMALL' }],
    ['a choice with a blank', { kind: 'small ' }],
    ['a choice of every object', { kind: 'constructor' }],
    ['a code with a line break', { code: 'abc\n' }],
  ])('IN21: %s is refused', (_, fields) => expectRefused(fields, `/${Object.keys(fields)[0]}`));

  it('IN21: what is well formed is stored as it was sent', async () => {
    const fields = {
      mail: 'A.b+c@Example.com',
      link: 'https://example.com:8443/a?b=c#d',
      uuid: '01890A5D-AC96-774B-BCCE-B302099A8057',
      kind: 'small',
      code: 'abc-def',
    };
    expect(await roundTrip(fields)).toMatchObject(fields);
  });
});

describe('IN22 characters', () => {
  it.each<[string, string]>([
    ['NUL', 'a\u0000b'],
    ['control characters', '\u0001\u0008\u001b[31m\u007f\u0085'],
    ['line breaks of all kinds', '\r\n\u2028\u2029\u000b'],
    ['marks of direction', '\u202eevil\u202c\u2066x\u2069'],
    ['a family in one emoji', '👨‍👩‍👧‍👦🏳️‍🌈'],
    ['characters of 4 bytes', '𐍈𝒳🀄'],
    ['combining marks, not composed', 'e\u0301\u0327 ﬁ Å'],
    ['characters that are none', '\ufffe\uffff\u{10ffff}'],
    ['spaces of no width', '\u200b\ufeffx\u00a0'],
  ])('IN22: %s read back as they were', async (_, text) => {
    const stored = await roundTrip({ title: `<${text}>`, text, list: [text], meta: { [text]: text } });
    expect(Buffer.from(String(stored['text'])).equals(Buffer.from(text))).toBe(true);
    expect(stored).toMatchObject({ title: `<${text}>`, list: [text], meta: { [text]: text } });
  });

  it.each(['\\ud800', '\\udc00', 'a\\ud83dx', '\\udc00\\ud800'])('IN22: the half character %s is refused', async (half) => {
    await backend.changesNothing(async () => {
      for (const body of [`{"title":"${half}"}`, `{"title":"x","meta":{"${half}":1}}`, `{"title":"x","list":[["${half}"]]}`]) {
        expectProblem(await post(body), { status: 400, code: 'validation_failed' });
      }
    });
  });

  it('IN22: unique values are apart when their bytes are', async () => {
    const slugs = ['caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'caf\u00e9\u200b', 'caf\u00e9\u0000', 'caf%C3%A9'];
    for (const slug of slugs) expect((await post({ title: 'x', slug })).status).toBe(201);
    for (const slug of slugs) {
      const found = await backend.as('a', { path: `/data/Sample/by/slug/${encodeURIComponent(slug)}` });
      expect(found).toMatchObject({ status: 200, json: { slug } });
    }
  });
});

describe('IN27 patterns and long texts', () => {
  const hostile = [
    `${'a'.repeat(50_000)}!`,
    `${'a-'.repeat(25_000)}!`,
    `${'1'.repeat(50_000)}!`,
    `${' '.repeat(50_000)}!`,
    `a@${'a.'.repeat(25_000)}!`,
  ];

  it.each(['mail', 'link', 'uuid', 'at', 'day', 'kind', 'code'])('IN27: the pattern of %s is quick on hostile texts', async (field) => {
    // A request that is refused at once.
    const base = await fastestRequestMs(() => post({ title: 'x', unknown: hostile[0] }), 0, 3);
    for (const text of hostile) {
      const refused = async () => expectProblem(await post({ title: 'x', [field]: text }), { status: 400, code: 'validation_failed' });
      expect((await fastestRequestMs(refused, base + 50)) - base).toBeLessThan(50);
    }
  });

  it('IN27: so are those of ids, headers, tokens, cursors and addresses', async () => {
    const long = 'a'.repeat(7_000);
    const calls: (() => Promise<unknown>)[] = [
      () => backend.as('a', { path: `/data/Sample/${long}!` }),
      () => backend.as('a', { path: `/data/Sample?cursor=${long}!` }),
      () => backend.as('a', { path: `/data/Sample?limit=${'1'.repeat(7_000)}!` }),
      () => backend.as('a', { method: 'PATCH', path: '/data/Sample/x', body: {}, headers: { 'if-match': `"${long}"!`.slice(0, 7_000) } }),
      () => backend.as('a', { method: 'PATCH', path: '/data/Sample/x', body: {}, headers: { 'if-match': '"a",'.repeat(1_700) } }),
      () => backend.as('a', { method: 'POST', path: '/data/Sample', body: {}, headers: { 'idempotency-key': `${long}!` } }),
      () => backend.asGuest({ path: '/data/Sample', headers: { authorization: `bearer ${' '.repeat(7_000)}!` } }),
      () => backend.asGuest({ path: '/data/Sample', headers: { authorization: `bearer ${'a.'.repeat(3_500)}!` } }),
      () => backend.asGuest({ path: '/data/Sample', headers: { 'content-type': `application/json;${'charset='.repeat(800)}` } }),
    ];
    for (const call of calls) expect(await fastestRequestMs(call, 100)).toBeLessThan(100);
  });

  it.each<[string, RegExp]>([
    ['a repetition of a repetition', /^(a+)+$/],
    ['alternatives that overlap', /^(a|aa)+$/],
    ['two repetitions of the same', /^\w*\d*x$/],
    ['words between blanks', /^(\w+\s?)*$/],
    ['a pattern without anchors', /\s+$/],
    [
      'a known mail pattern',
      /^([a-zA-Z0-9])(([-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$/,
    ],
  ])('IN27: %s is refused when the definition is read', (_, pattern) => {
    const vulnerable = model({ fields: { text: z.string().regex(pattern) }, access: () => [] });
    expect(() => compileModels({ Vulnerable: vulnerable }, [])).toThrow(/ReDoS/);
  });
});
