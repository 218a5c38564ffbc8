import { Big } from 'big.js';
import fc from 'fast-check';
import { encodeKeyValue } from '../../../local/services/dynamodb/storage/key-encoding.ts';
import type { AttributeValue } from '../../../local/services/dynamodb/values/attribute-value.ts';
import { compareValues } from '../../../local/services/dynamodb/values/compare-values.ts';
import { binarySize, itemSize, numberSize } from '../../../local/services/dynamodb/values/item-size.ts';
import { normalizeNumber } from '../../../local/services/dynamodb/values/normalize-number.ts';

/** Numbers of up to 38 digits and the whole range of exponents. */
const number = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }), fc.integer({ min: -130, max: 87 }))
  .map(([negative, digits, exponent]) => `${negative ? '-' : ''}${digits}e${exponent}`)
  .filter((text) => 'text' in normalizeNumber(text))
  .map((text) => ({ N: (normalizeNumber(text) as { text: string }).text }));
const text = fc.string({ unit: 'grapheme' }).map((S) => ({ S }));
const binary = fc.uint8Array({ minLength: 1 }).map((bytes) => ({ B: Buffer.from(bytes).toString('base64') }));

function keepsOrder(values: fc.Arbitrary<AttributeValue>): void {
  fc.assert(
    fc.property(values, values, (left, right) => {
      const [a, b] = [`${encodeKeyValue(left)}/`, `${encodeKeyValue(right)}/`];
      expect(a === b ? 0 : a < b ? -1 : 1).toBe(Math.sign(compareValues(left, right) ?? Number.NaN));
    }),
    { numRuns: 1_000 },
  );
}

describe('encodeKeyValue', () => {
  it('sorts numbers by value', () => keepsOrder(number));
  it('sorts texts by their bytes', () => keepsOrder(text));
  it('sorts binary by its bytes', () => keepsOrder(binary));
});

describe('normalizeNumber', () => {
  it('gives equal numbers one text, without changing their value', () => {
    fc.assert(
      fc.property(number, ({ N }) => {
        const written = new Big(N).toExponential();
        expect(normalizeNumber(written)).toEqual({ text: N });
        expect(new Big(N).eq(written)).toBe(true);
      }),
    );
  });

  it.each(['', ' ', 'x', '1 2', '0x1', 'NaN', 'Infinity', '1e126', '-1e126', '1e-131', '9'.repeat(39)])('refuses %j', (wrong) => {
    expect(normalizeNumber(wrong)).toHaveProperty('problem');
  });
});

describe('itemSize', () => {
  it.each([
    [{ a: { S: 'ä' } }, 3],
    [{ a: { BOOL: true }, b: { NULL: true } }, 4],
    [{ a: { L: [] } }, 4],
    [{ a: { M: { b: { S: 'c' } } } }, 7],
    [{ a: { SS: ['x', 'yy'] } }, 4],
    [{ a: { B: 'AAE=' } }, 3],
  ] as [Record<string, AttributeValue>, number][])('of %j is %i', (item, size) => {
    expect(itemSize(item)).toBe(size);
  });

  it('knows the bytes behind base64', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(binarySize(Buffer.from(bytes).toString('base64'))).toBe(bytes.length)));
  });

  it.each([
    ['0', 1],
    ['1', 2],
    ['-1', 3],
    ['100', 2],
    ['12.5', 3],
    ['1234567', 5],
  ])('of the number %s is %i', (value, size) => {
    expect(numberSize(value)).toBe(size);
  });
});
