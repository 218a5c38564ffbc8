import { z } from 'zod';
import type { Validator } from '../../../contracts/compiled.ts';
import { compileValidators } from '../../../lib/schema/compile-validators.ts';
import { zodToJsonSchema } from '../../../lib/schema/zod-to-json-schema.ts';
import { fastestRunMs } from '../../support/fastest-run.ts';
import { loadModule } from '../../support/load-module.ts';

const compile = (type: z.ZodType): Validator =>
  loadModule(compileValidators({ check: zodToJsonSchema(z.object({ field: type }), 'input', 'Note') }))['check'] as Validator;

const attack = (length: number): readonly string[] => [
  'a'.repeat(length),
  `${'a'.repeat(length)}!`,
  `${' '.repeat(length)}!`,
  `${'1'.repeat(length)}!`,
  `a@${'a.'.repeat(length / 2)}!`,
  `https://${'a'.repeat(length)} !`,
];

describe('compileValidators', () => {
  const cases: readonly (readonly [string, z.ZodType, readonly unknown[], readonly unknown[]])[] = [
    [
      'z.iso.datetime()',
      z.iso.datetime(),
      ['2026-02-28T10:00:00Z', '2024-02-29T23:59:59.5Z'],
      [
        '2026-02-30T10:00:00Z',
        '2026-13-01T00:00:00Z',
        '2026-01-01',
        '2026-01-01T00:00:00',
        '10000-01-01T00:00:00Z',
        '2016-12-31T23:59:60Z',
        '2026-01-01T00:00:00+02:00',
      ],
    ],
    ['z.iso.datetime({ offset })', z.iso.datetime({ offset: true }), ['2026-01-01T00:00:00+02:00'], ['2026-01-01T00:00:00']],
    ['z.iso.date()', z.iso.date(), ['2026-02-28'], ['2026-02-29', '28.2.2026', 20260228]],
    ['z.email()', z.email(), ['a@example.com'], ['a@example.com\n', 'a@b', 'a b@example.com', '@example.com']],
    [
      'z.url()',
      z.url(),
      ['https://example.com/a?b=c#d', 'http://localhost:3000', 'https://[::1]/'],
      ['javascript:alert(1)', 'https://', 'https://a b', '//example.com', 'https://user:pw@example.com', 'https://example.com/\n'],
    ],
    ['z.uuid()', z.uuid(), ['018f2c5e-7b6a-7c3d-8e9f-0a1b2c3d4e5f'], ['018f2c5e7b6a7c3d8e9f0a1b2c3d4e5f', '']],
    ['z.uuidv7()', z.uuidv7(), ['018f2c5e-7b6a-7c3d-8e9f-0a1b2c3d4e5f'], ['018f2c5e-7b6a-4c3d-8e9f-0a1b2c3d4e5f']],
    ['z.int()', z.int(), [1, -1, 9_007_199_254_740_991], [1.5, '1', 9_007_199_254_740_992, null]],
    ['z.number()', z.number(), [1.5, 1e125], [1e126, '1.5', Number.NaN]],
    ['z.enum()', z.enum(['open', 'done']), ['open'], ['Open', '', null]],
    ['.startsWith() and .endsWith()', z.string().startsWith('ab').endsWith('yz'), ['ab-yz', 'abyz'], ['xab-yz', 'ab-y']],
    ['z.json()', z.json(), [{ a: [1, null, 'x', { b: true }] }, null, 'x'], []],
    [
      'z.discriminatedUnion()',
      z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b'), n: z.int() })]),
      [{ k: 'a' }, { k: 'b', n: 1 }],
      [{ k: 'b' }, { k: 'c' }, { k: 'a', n: 1 }, {}],
    ],
    ['.nullable()', z.string().nullable(), ['x', null], [1]],
  ];

  it.each(cases)('checks %s', (_name, type, good, bad) => {
    const check = compile(type);
    for (const field of good) expect([field, check({ field })]).toEqual([field, true]);
    for (const field of bad) expect([field, check({ field })]).toEqual([field, false]);
  });

  it('reports every fault, by the keyword and place of JSON Schema', () => {
    const check = loadModule(
      compileValidators({ check: zodToJsonSchema(z.object({ a: z.string().max(2), b: z.int() }), 'input', 'Note') }),
    )['check'] as Validator;
    expect(check({ a: 'long', c: 1 })).toBe(false);
    expect(check.errors?.map(({ keyword, instancePath }) => `${instancePath} ${keyword}`).sort()).toEqual([
      ' additionalProperties',
      ' required',
      '/a maxLength',
    ]);
  });

  it('names a format and not its pattern', () => {
    const check = compile(z.iso.datetime());
    check({ field: 'tomorrow' });
    expect(check.errors?.[0]).toMatchObject({ keyword: 'format', params: { format: 'date-time' } });
  });

  it('fills in defaults, at every depth', () => {
    const value: Record<string, unknown> = { field: {} };
    expect(compile(z.object({ city: z.string().default('Bern'), tags: z.array(z.string()).default([]) }))(value)).toBe(true);
    expect(value).toEqual({ field: { city: 'Bern', tags: [] } });
  });

  it('gives each record a default of its own', () => {
    const check = compile(z.array(z.string()).default([]));
    const [first, second]: Record<string, unknown>[] = [{}, {}];
    check(first);
    check(second);
    expect(first?.['field']).not.toBe(second?.['field']);
  });

  it('trims before it measures', () => {
    const check = compile(z.string().trim().toLowerCase().min(1));
    const value = { field: '  Ab ' };
    expect(check(value)).toBe(true);
    expect(value.field).toBe('ab');
    expect(check({ field: '   ' })).toBe(false);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(compile(z.string().max(2))({ field: '😀😀' })).toBe(true);
  });

  const formats: readonly (readonly [string, z.ZodType])[] = [
    ...([
      ['email', z.email()],
      ['url', z.url()],
      ['uuid', z.uuid()],
      ['datetime', z.iso.datetime()],
      ['date', z.iso.date()],
    ] as const),
    ...([
      ['time', z.iso.time()],
      ['duration', z.iso.duration()],
      ['ipv4', z.ipv4()],
      ['ipv6', z.ipv6()],
      ['base64', z.base64()],
    ] as const),
    ...([
      ['base64url', z.base64url()],
      ['cidrv4', z.cidrv4()],
      ['cidrv6', z.cidrv6()],
      ['e164', z.e164()],
      ['emoji', z.emoji()],
    ] as const),
    ...([
      ['hostname', z.hostname()],
      ['hex', z.hex()],
      ['nanoid', z.nanoid()],
      ['cuid2', z.cuid2()],
      ['ulid', z.ulid()],
    ] as const),
  ];
  it.each(formats)('takes linear time for %s', (_name, type) => {
    const check = compile(type);
    for (const field of attack(50_000)) expect(fastestRunMs(() => check({ field }))).toBeLessThan(50);
  });
});
