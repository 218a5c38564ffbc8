import { z } from 'zod';
import { zodToJsonSchema } from '../../../lib/schema/zod-to-json-schema.ts';

const convert = (type: z.ZodType) => zodToJsonSchema(z.object({ field: type }), 'input', 'Note');
const property = (type: z.ZodType) => convert(type).properties?.['field'];

describe('zodToJsonSchema refuses', () => {
  const refused: readonly (readonly [string, z.ZodType, RegExp])[] = [
    ['z.date()', z.date(), /^Note\.field is of the Zod type "date".*use z\.iso\.datetime\(\)/],
    ['z.bigint()', z.bigint(), /"bigint".*z\.int\(\)/],
    ['z.map()', z.map(z.string(), z.string()), /"map".*z\.record\(\)/],
    ['z.set()', z.set(z.string()), /"set".*z\.array\(\)/],
    ['.transform()', z.string().transform(Number), /"pipe".*store the value as it is sent/],
    ['.pipe()', z.string().pipe(z.string()), /"pipe"/],
    ['.catch()', z.string().catch('x'), /"catch".*\.default\(\)/],
    ['z.custom()', z.custom<string>(), /"custom"/],
    ['z.coerce', z.coerce.number(), /uses z\.coerce.*z\.number\(\)/],
    ['.refine()', z.string().refine(Boolean), /check made by a function \(\.refine\)/],
    ['.superRefine() on an object', z.object({ a: z.string() }).superRefine(() => undefined), /check made by a function/],
    ['a refinement deep inside', z.array(z.object({ a: z.string().refine(Boolean) })), /^Note\.field\[\]\.a has a check/],
    ['an overwrite of its own', z.string().overwrite((text) => `${text}!`), /\.overwrite\(\) of its own/],
    ['z.iso.datetime({ local })', z.iso.datetime({ local: true }), /without a zone/],
    ['z.jwt()', z.jwt(), /string format "jwt"/],
    ['a pattern with a flag', z.string().regex(/^a$/i), /flag "i"/],
    ['a pattern that the flag u forbids', z.string().regex(/^[a-\d]$/), /not valid with the flag "u"/],
    ['an exponential pattern', z.string().regex(/^(a+)+$/), /\(ReDoS\)/],
    ['a quadratic pattern', z.string().regex(/^\s+|\s+$/), /\(ReDoS\)/],
    ['a default of the time', z.string().default(() => new Date().toISOString()), /default that differs with each call/],
    ['a default of chance', z.number().default(() => Math.random()), /default that differs with each call/],
    ['a default inside a union', z.union([z.string().default('x'), z.int()]), /default inside a union/],
    ['z.intersection()', z.intersection(z.object({}), z.object({})), /"intersection".*one z\.object\(\)/],
  ];
  it.each(refused)('%s', (_name, type, message) => {
    expect(() => convert(type)).toThrow(message);
  });
});

describe('zodToJsonSchema', () => {
  it('takes no unknown fields, at no depth', () => {
    const schema = convert(z.object({ inner: z.string() }));
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties?.['field']?.additionalProperties).toBe(false);
  });

  it('leaves z.looseObject() and z.record() open', () => {
    expect(property(z.looseObject({}))?.additionalProperties).toEqual({});
    expect(property(z.record(z.string(), z.int()))?.additionalProperties).toMatchObject({ type: 'integer' });
  });

  it('bounds texts with a pattern and leaves an explicit bound alone', () => {
    expect(property(z.string().regex(/^a+$/))?.maxLength).toBe(1_024);
    expect(property(z.email())?.maxLength).toBe(254);
    expect(property(z.url())?.maxLength).toBe(2_048);
    expect(property(z.string().regex(/^a+$/).max(9_000))?.maxLength).toBe(9_000);
    expect(property(z.string())?.maxLength).toBeUndefined();
  });

  it('keeps what .trim() and its like do', () => {
    expect(property(z.string().trim().toLowerCase())?.['x-normalize']).toEqual(['trim', 'toLowerCase']);
    expect(property(z.string().normalize().toUpperCase())?.['x-normalize']).toEqual(['normalize', 'toUpperCase']);
  });

  it('names the discriminator of a discriminated union', () => {
    const type = z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]);
    expect(property(type)?.discriminator).toEqual({ propertyName: 'kind' });
  });
});
