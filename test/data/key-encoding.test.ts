import fc from 'fast-check';
import { encodedRange, encodedTextStart, encodeKey, type KeyValue } from '../../contracts/key-encoding.ts';

/** As DynamoDB compares strings: byte by byte. */
const compareBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

const rank = (value: KeyValue): number => ['boolean', 'number', 'string'].indexOf(typeof value);
const compareValues = (left: KeyValue, right: KeyValue): number => {
  if (typeof left !== typeof right) return rank(left) - rank(right);
  if (typeof left === 'string' && typeof right === 'string') return compareBytes(left, right);
  return Number(left) - Number(right);
};
const compareLists = (left: readonly KeyValue[], right: readonly KeyValue[]): number => {
  for (let position = 0; position < Math.max(left.length, right.length); position += 1) {
    const [one, other] = [left[position], right[position]];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    const order = compareValues(one, other);
    if (order !== 0) return order;
  }
  return 0;
};

/** Texts around everything that the encoding uses itself. */
const awkwardText = fc.string({
  unit: fc.constantFrom('\u0000', '\u0001', 'a', 'b', '~', 'n', 's', '\uffff', '\u{10ffff}', 'é', '\ue000', '😀'),
});
const text = fc.oneof(awkwardText, fc.string({ unit: 'binary' }));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 1, -1, 0.1, -0.1, 1e-130, 9e125, Number.MAX_SAFE_INTEGER),
);
const value: fc.Arbitrary<KeyValue> = fc.oneof(text, number, fc.boolean());
const sign = (order: number): number => Math.sign(order) + 0;

describe('encodeKey', () => {
  it('orders keys as the lists of their values', () => {
    const list = fc.array(value, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(list, list, (left, right) => {
        expect(sign(compareBytes(encodeKey(left), encodeKey(right)))).toBe(sign(compareLists(left, right)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('tells the parts of keys apart', () => {
    expect(encodeKey(['a', 'b'])).not.toBe(encodeKey(['ab']));
    expect(encodeKey(['a\u0000', 'b'])).not.toBe(encodeKey(['a', '\u0000b']));
    expect(encodeKey([1])).not.toBe(encodeKey(['1']));
  });

  it('takes -0 and 0 for one number', () => {
    expect(encodeKey([-0])).toBe(encodeKey([0]));
  });
});

describe('encodedRange', () => {
  it('holds exactly the keys with the prefix and a value between the bounds', () => {
    const kinds: readonly fc.Arbitrary<KeyValue>[] = [text, number, fc.boolean()];
    const cases = fc.constantFrom(...kinds).chain((kind) =>
      fc.record({
        prefix: fc.array(value, { maxLength: 2 }),
        next: kind,
        rest: fc.array(value, { maxLength: 1 }),
        lower: fc.option(fc.record({ value: kind, included: fc.boolean() }), { nil: undefined }),
        upper: fc.option(fc.record({ value: kind, included: fc.boolean() }), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ prefix, next, rest, lower, upper }) => {
        const { lowest, highest } = encodedRange(prefix, lower, upper);
        const key = encodeKey([...prefix, next, ...rest]);
        const isIn = compareBytes(lowest, key) <= 0 && compareBytes(key, highest) <= 0;
        const fromLower = lower === undefined ? 1 : compareValues(next, lower.value);
        const fromUpper = upper === undefined ? -1 : compareValues(next, upper.value);
        const isAbove = lower?.included ? fromLower >= 0 : fromLower > 0;
        const isBelow = upper?.included ? fromUpper <= 0 : fromUpper < 0;
        expect(isIn).toBe(isAbove && isBelow);
      }),
      { numRuns: 5_000 },
    );
  });

  it('holds no key with another prefix', () => {
    fc.assert(
      fc.property(value, value, value, (prefix, other, next) => {
        fc.pre(compareValues(prefix, other) !== 0);
        const { lowest, highest } = encodedRange([prefix]);
        const key = encodeKey([other, next]);
        expect(compareBytes(lowest, key) <= 0 && compareBytes(key, highest) <= 0).toBe(false);
      }),
    );
  });
});

describe('encodedTextStart', () => {
  it('is what exactly the keys of texts with this beginning begin with', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 1 }), awkwardText, awkwardText, (prefix, start, whole) => {
        const key = encodeKey([...prefix, whole]);
        expect(key.startsWith(encodedTextStart(prefix, start))).toBe(whole.startsWith(start));
      }),
      { numRuns: 3_000 },
    );
  });
});
