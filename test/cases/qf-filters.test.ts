import { z } from 'zod';
import { type Model, model } from '../../contracts/model.ts';
import { compileModels } from '../../lib/data/compile-models.ts';
import { expectNoInternals, expectProblem } from '../support/expect-problem.ts';
import { fastestRequestMs } from '../support/fastest-run.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Filters, orders and limits of lists, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
  for (let index = 0; index < 6; index += 1) {
    await backend.create('a', 'Reserved', { status: index % 2 ? 'open' : 'done', name: `n${index}`, size: index, year: 2_020 + index });
  }
  await backend.create('b', 'Reserved', { status: 'open', name: 'of b', size: 1, data: 'secret of b' });
  await backend.create('a', 'Sample', { title: 'A', text: 'a', hits: 1, tags: ['x'], at: '2026-01-01T00:00:00Z', part: 'p' });
  await backend.create('b', 'Sample', { title: 'B', text: 'secret of b', hits: 2, part: 'p' });
});
afterAll(() => backend?.stop());

const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;
const list = (filter: unknown, more: Readonly<Record<string, string>> = {}, name = 'Sample') =>
  backend.as('a', { path: `/data/${name}${query({ filter: typeof filter === 'string' ? filter : JSON.stringify(filter), ...more })}` });
const count = (filter: unknown, name = 'Sample') =>
  backend.as('a', { path: `/data/${name}/count${query({ filter: typeof filter === 'string' ? filter : JSON.stringify(filter) })}` });
const itemsOf = (answer: { readonly json: unknown }): readonly Rec[] => (answer.json as { items: Rec[] }).items;
/** Reads of the records of models, whatever else was asked. */
const reads = (): number => {
  const traffic = backend.traffic();
  return (traffic['dynamodb:Query']?.requests ?? 0) + (traffic['dynamodb:Scan']?.requests ?? 0);
};
const expectUnread = async (run: () => Promise<void>): Promise<void> => {
  const before = reads();
  await run();
  expect(reads()).toBe(before);
};

describe('QF01 names of fields', () => {
  const compile = (name: string) => compileModels({ Thing: model({ fields: { [name]: z.string() }, access: () => [] }) as Model }, []);

  it.each([
    ...['#x', 'a.b', 'a[0]', 'a b', ':v', '', ' ', '"', 'a-b', '1a', 'é', 'a\u0000', '$where', 'a/b', '(x)'],
    ...['constructor', 'prototype', 'id', 'owner', 'version', 'createdAt', 'updatedAt', 'and', 'or', 'not', 'hasOwnProperty'],
  ])('QF01: %j is refused when the definition is read', (name) => {
    expect(() => compile(name)).toThrow(/field/);
  });

  it('QF01: __proto__ is refused when the definition is read', () => {
    const fields = JSON.parse('{"__proto__":1}') as Record<string, z.ZodType>;
    Object.defineProperty(fields, '__proto__', { value: z.string(), enumerable: true });
    expect(() => compileModels({ Thing: model({ fields, access: () => [] }) as Model }, [])).toThrow(/__proto__/);
  });

  it('QF01: words that DynamoDB keeps for itself work in filter, order, selection and update', async () => {
    const filter = { status: 'open', size: { gte: 1 }, name: { beginsWith: 'n' }, count: { lt: 5 }, year: { gt: 2_000 } };
    const filtered = await list({ ...filter, data: { exists: false }, user: { exists: false } }, { sort: '-size' }, 'Reserved');
    expect(itemsOf(filtered).map(({ size }) => size)).toEqual([5, 3, 1]);
    const fields = 'status,name,size,count,data,year,user';
    const selected = await list({ status: 'done' }, { fields, sort: 'size' }, 'Reserved');
    expect(itemsOf(selected)[0]).toEqual({ id: expect.any(String), status: 'done', name: 'n0', size: 0, count: 0, year: 2_020 });
    const id = String(itemsOf(selected)[0]?.['id']);
    const body = { status: 'new', name: 'n', size: 9, count: { increment: 2 }, data: 'd', year: null, user: 'u' };
    const updated = await backend.as('a', { method: 'PATCH', path: `/data/Reserved/${id}`, body });
    expect(updated).toMatchObject({ status: 200, json: { status: 'new', name: 'n', size: 9, count: 2, data: 'd', user: 'u' } });
    expect(Object.keys(updated.json as Rec)).not.toContain('year');
  });
});

describe('QF02 names in filters', () => {
  it.each([
    ...['#a', ':v', 'a.b', 'title.x', 'meta.a', 'tags[0]', 'a b', '"', "'", '`', 'a = b OR c', 'attribute_exists(pk)', 'pk', 'sk', '$or'],
    ...[
      'title#',
      'TITLE',
      ' title',
      'title ',
      'title\u0000',
      '__proto__',
      'constructor',
      'toString',
      '',
      '#t = :t OR attribute_exists(id)',
    ],
  ])('QF02: %j is unknown in a filter, an order, a selection and a count, and nothing is read', async (name) => {
    await expectUnread(async () => {
      const filter = `{${JSON.stringify(name)}:"x"}`;
      for (const answer of [
        await list(filter),
        await count(filter),
        await list(`{"and":[{"or":[{"not":${filter}}]}]}`),
        await backend.as('a', { path: `/data/Sample${query({ sort: name })}` }),
        await backend.as('a', { path: `/data/Sample${query({ fields: name })}` }),
        await backend.as('a', { path: `/data/Sample${query({ expand: name })}` }),
      ]) {
        expectProblem(answer, { status: 400, code: 'unknown_field', echo: name });
      }
    });
  });
});

describe('QF03 values in filters', () => {
  it.each([':x OR attribute_exists(pk)', '#t', "' OR '1'='1", '"} , {"', '%', '_', '*', '.*', '\\', '\u0000', 'secret of b'])(
    'QF03: %j is data',
    async (value) => {
      for (const filter of [{ text: value }, { text: { beginsWith: value } }, { text: { contains: value } }, { text: { in: [value] } }]) {
        const answer = await list(filter);
        expect(answer.status).toBe(200);
        expect(itemsOf(answer)).toEqual([]);
        expect((await count(filter)).json).toEqual({ count: 0, complete: true });
      }
      const others = await list({ text: { ne: value } });
      expect(itemsOf(others).map(({ title }) => title)).toEqual(['A']);
    },
  );

  it('QF03: a value that is stored is found by itself only', async () => {
    const text = ':x OR attribute_exists(pk) #t "';
    await backend.create('a', 'Sample', { title: 'injected', text });
    expect(itemsOf(await list({ text })).map(({ title }) => title)).toEqual(['injected']);
  });

  it.each([{ S: 'x' }, { N: '1' }, { $gt: '' }, { $ne: null }, { eq: { S: 'x' } }, { eq: ['x'] }, { eq: null }, ['x'], null, 1, true, {}])(
    'QF03: %j is no value of a text',
    async (operand) => {
      await expectUnread(async () => {
        expectProblem(await list({ text: operand }), { status: 400, code: 'invalid_operand' });
        expectProblem(await count({ text: operand }), { status: 400, code: 'invalid_operand' });
      });
    },
  );
});

describe('QF04 operators', () => {
  it.each<[string, unknown]>([
    ['in of an object', { hits: { in: { x: 1 } } }],
    ['in of nothing', { hits: { in: [] } }],
    ['in of 101', { hits: { in: Array.from({ length: 101 }, (_, index) => index) } }],
    ['in of mixed types', { hits: { in: [1, '2'] } }],
    ['in of a text', { text: { in: 'abc' } }],
    ['between of one', { hits: { between: [5] } }],
    ['between of three', { hits: { between: [1, 2, 3] } }],
    ['between of a text', { text: { between: 'ab' } }],
    ['between of the wrong order', { hits: { between: [2, 1] } }],
    ['between of the wrong order in texts', { text: { between: ['b', 'a'] } }],
    ['between of mixed types', { hits: { between: [1, '2'] } }],
    ['beginsWith of an empty text', { text: { beginsWith: '' } }],
    ['beginsWith of a number', { text: { beginsWith: 1 } }],
    ['beginsWith in a number', { hits: { beginsWith: '1' } }],
    ['contains of an empty text', { text: { contains: '' } }],
    ['contains of an object', { tags: { contains: { a: 1 } } }],
    ['exists of a text', { text: { exists: 'true' } }],
    ['lt of a text in a number', { hits: { lt: '5' } }],
    ['lt of null', { hits: { lt: null } }],
    ['lt of a boolean', { meta: { lt: true } }],
    ['eq of a list', { tags: { eq: ['x'] } }],
    ['a list itself', { tags: ['x'] }],
    ['gt in a list', { tags: { gt: 'x' } }],
    ['no moment', { at: { gt: 'yesterday' } }],
    ['a moment without a zone', { at: '2026-01-01T00:00:00' }],
    ['a number that cannot be stored', { amount: { gt: 1e300 } }],
    ['an unknown operator', { hits: { regex: '.*' } }],
    ['an operator of a prototype', { hits: { constructor: 1 } }],
    ['no operator', { hits: {} }],
    ['a good and a bad operator', { hits: { gt: 1, foo: 2 } }],
    ['and of an object', { and: { hits: 1 } }],
    ['and of nothing', { and: [] }],
    ['or of texts', { or: ['x'] }],
    ['not of a list', { not: [{ hits: 1 }] }],
    ['not of null', { not: null }],
    ['a filter that is a list', [{ hits: 1 }]],
    ['a filter that is a text', 'null'],
    ['half a character', { text: '\ud800' }],
  ])('QF04: %s is refused, and nothing is read', async (_, filter) => {
    await expectUnread(async () => {
      for (const answer of [await list(filter), await count(filter), await list(filter, { sort: 'hits' })]) {
        expectProblem(answer, { status: 400, code: 'invalid_operand' });
      }
    });
  });

  it.each(['{', '{"hits":}', '', '{"hits":NaN}', "{'hits':1}", '{"hits":1}}'])('QF04: %j is no filter', async (text) => {
    expectProblem(await list(text), { status: 400, code: 'validation_failed', pointers: ['/query/filter'] });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['in of 100', { hits: { in: Array.from({ length: 100 }, (_, index) => index) } }, ['A']],
    ['between of the same', { hits: { between: [1, 1] } }, ['A']],
    ['a moment of another zone', { at: '2026-01-01T01:00:00+01:00' }, ['A']],
    ['contains of an item', { tags: { contains: 'x' } }, ['A']],
    ['two bounds that contradict', { hits: { gt: 5, lt: 1 } }, []],
  ])('QF04: %s is taken', async (_, filter, titles) => {
    expect(
      itemsOf(await list(filter))
        .map(({ title }) => title)
        .filter((title) => title === 'A'),
    ).toEqual(titles);
  });
});

describe('QF05 how complex a filter may be', () => {
  const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown =>
    levels === 0 ? { hits: 1 } : wrap(nested(levels - 1, wrap));

  it.each<[string, unknown]>([
    ['50 levels of not', nested(50, (not) => ({ not }))],
    ['50 levels of and', nested(50, (inner) => ({ and: [inner] }))],
    ['50 levels of or and not', nested(25, (inner) => ({ or: [{ not: inner }] }))],
    ['9 levels', nested(8, (not) => ({ not }))],
    ['51 terms', { or: Array.from({ length: 51 }, (_, hits) => ({ hits })) }],
    ['500 terms', `{"and":[${Array.from({ length: 500 }, () => '{"hits":1}').join()}]}`.slice(0, 4_090)],
    ['300 operators', { and: Array.from({ length: 150 }, () => ({ hits: { gt: 1, lt: 2 } })) }],
    ['4,097 characters', { text: 'x'.repeat(4_097) }],
  ])('QF05: %s are too much, and nothing is read', async (name, filter) => {
    await expectUnread(async () => {
      for (const answer of [await list(filter), await count(filter)]) {
        if (name === '500 terms') expect(answer.status).toBe(400);
        else expectProblem(answer, { status: 400, code: 'filter_too_complex' });
        expectNoInternals(answer);
      }
    });
  });

  it('QF05: brackets without an end are refused at once', async () => {
    for (const text of ['['.repeat(2_000), '{"not":'.repeat(300), '{"and":['.repeat(250), `${'['.repeat(1_500)}${']'.repeat(1_500)}`]) {
      const refused = async (): Promise<void> => {
        const answer = await list(text);
        expect(answer.status).toBe(400);
        expectNoInternals(answer);
      };
      expect(await fastestRequestMs(refused, 200)).toBeLessThan(200);
    }
  });

  it('QF05: 50 terms and 8 levels work', async () => {
    const terms = { or: Array.from({ length: 50 }, (_, index) => ({ text: `t${index}` })) };
    expect((await list(terms)).status).toBe(200);
    expect((await list(nested(7, (not) => ({ not })))).status).toBe(200);
    expect((await list({ and: Array.from({ length: 25 }, (_, hits) => ({ hits: { gt: -hits - 1, ne: -5 } })) })).status).toBe(200);
  });
});

describe('QF06 limits', () => {
  it.each([
    '0',
    '-1',
    '1.5',
    'abc',
    '1e9',
    '0x10',
    '101',
    '1000000000',
    '',
    ' 5',
    '+5',
    '5 ',
    '5,5',
    'NaN',
    'Infinity',
    '٣',
    '[5]',
    'null',
  ])('QF06: %j is refused, and nothing is read', async (limit) => {
    await expectUnread(async () => {
      const answer = await backend.as('a', { path: `/data/Sample${query({ limit })}` });
      expectProblem(answer, { status: 400, code: 'validation_failed', pointers: ['/query/limit'] });
    });
  });

  it('QF06: a parameter that comes twice is refused', async () => {
    for (const path of ['/data/Sample?limit=1&limit=2', '/data/Sample?filter={}&filter={}', '/data/Sample?fields=title&fields=text']) {
      expectProblem(await backend.as('a', { path }), { status: 400, code: 'validation_failed' });
    }
  });

  it('QF06: a limit of 1 to 100 is taken', async () => {
    for (const limit of ['1', '100', '007']) expect((await backend.as('a', { path: `/data/Sample${query({ limit })}` })).status).toBe(200);
  });
});

describe('QF15, QF17 orders and addresses', () => {
  it.each(['title', '-text', 'amount', 'meta', 'tags', 'updatedAt', 'version'])(
    'QF15: no index gives the order %s, so that it is refused and nothing is read',
    async (sort) => {
      await expectUnread(async () => {
        const answer = await backend.as('a', { path: `/data/Sample${query({ sort })}` });
        expectProblem(answer, { status: 400, code: 'sort_not_supported' });
      });
    },
  );

  it.each(['hits', '-hits', 'label', '-createdAt', 'at'])('QF15: the order %s has an index', async (sort) => {
    expect((await backend.as('a', { path: `/data/Sample${query({ sort })}` })).status).toBe(200);
  });

  it.each(['--hits', '-', '', 'hits,label', 'hits desc', '+hits', '-hits-'])('QF15: %j is no order', async (sort) => {
    expectProblem(await backend.as('a', { path: `/data/Sample${query({ sort })}` }), { status: 400, code: 'unknown_field' });
  });

  it('QF17: a filter of 9 KB is refused', async () => {
    await expectUnread(async () => {
      for (const filter of [{ text: 'x'.repeat(9_000) }, { or: Array.from({ length: 400 }, (_, hits) => ({ hits })) }]) {
        const answer = await list(filter);
        // API Gateway itself takes 10,240 bytes of request line and headers.
        expect([400, 414, 431]).toContain(answer.status);
        if (answer.status === 400) expectProblem(answer, { status: 400, code: 'filter_too_complex' });
      }
    });
    expect((await list({ hits: 1 })).status).toBe(200);
  });
});
