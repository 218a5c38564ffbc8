import fc from 'fast-check';
import { matches } from '../../../local/services/dynamodb/expressions/condition.ts';
import { applyUpdate } from '../../../local/services/dynamodb/expressions/update.ts';
import { type ExpressionInput, parseExpressions } from '../../../local/services/dynamodb/operations/expression-input.ts';
import type { AttributeValue, Item } from '../../../local/services/dynamodb/values/attribute-value.ts';

const NAMES = ['a', 'b', 'c'] as const;
const item = fc.record({ a: fc.integer({ min: -5, max: 5 }), b: fc.integer({ min: -5, max: 5 }), c: fc.integer({ min: -5, max: 5 }) });
type Numbers = { a: number; b: number; c: number };
const N = (value: number): AttributeValue => ({ N: String(value) });
const toItem = (numbers: Numbers): Item => ({ a: N(numbers.a), b: N(numbers.b), c: N(numbers.c) });

interface Check {
  readonly text: string;
  readonly test: (numbers: Numbers) => boolean;
}

const OPERATORS: Record<string, (left: number, right: number) => boolean> = {
  '=': (left, right) => left === right,
  '<>': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** Conditions over numbers, with the same condition in JavaScript beside it. */
const { condition } = fc.letrec<{ condition: Check; comparison: Check; joined: Check; negated: Check }>((tie) => ({
  condition: fc.oneof({ maxDepth: 4 }, tie('comparison'), tie('joined'), tie('negated')),
  comparison: fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...Object.keys(OPERATORS)), fc.constantFrom(...NAMES))
    .filter(([left, , right]) => left !== right)
    .map(([left, operator, right]) => ({
      text: `${left} ${operator} ${right}`,
      test: (numbers: Numbers) => (OPERATORS[operator] as (typeof OPERATORS)[string])(numbers[left], numbers[right]),
    })),
  joined: fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition')).map(([left, word, right]) => ({
    text: `(${left.text}) ${word} (${right.text})`,
    test: (numbers: Numbers) => (word === 'AND' ? left.test(numbers) && right.test(numbers) : left.test(numbers) || right.test(numbers)),
  })),
  negated: tie('condition').map((inner) => ({ text: `NOT (${inner.text})`, test: (numbers: Numbers) => !inner.test(numbers) })),
}));

describe('condition expressions', () => {
  it('mean what the same condition means in JavaScript', () => {
    fc.assert(
      fc.property(condition, item, ({ text, test }, numbers) => {
        fc.pre(text.length < 2_000);
        const input: ExpressionInput = { ConditionExpression: text };
        parseExpressions(input);
        const parsed = input._condition;
        expect(parsed && matches(parsed.expression, toItem(numbers))).toBe(test(numbers));
      }),
      { numRuns: 300 },
    );
  });

  it('survive deep nesting without harm', () => {
    for (const text of [`${'('.repeat(2_000)}a = b${')'.repeat(2_000)}`, `${'NOT '.repeat(1_000)}a = b`]) {
      expect(() => parseExpressions({ ConditionExpression: text })).not.toThrow(RangeError);
    }
  });
});

describe('syntax errors', () => {
  it.each([
    ['a := b', 'Syntax error; token: ":", near: "a :="'],
    ['s LIKE :v', 'Syntax error; token: "LIKE", near: "s LIKE :v"'],
    ['s = b AND', 'Syntax error; token: "<EOF>", near: "AND"'],
    ['(a = b', 'Syntax error; token: "<EOF>", near: "b"'],
    ['a = b)', 'Syntax error; token: ")", near: "b)"'],
    ['a[x] = b', 'Syntax error; token: "x", near: "[x]"'],
  ])('of %j name the token', (ConditionExpression, message) => {
    expect(() => parseExpressions({ ConditionExpression })).toThrow(`Invalid ConditionExpression: ${message}`);
  });
});

describe('applyUpdate', () => {
  it('changes neither the item that was there nor the values of the request', () => {
    const before: Item = { m: { M: { l: { L: [N(1), N(2)] } } } };
    const input: ExpressionInput = {
      UpdateExpression: 'SET m.l[0] = :v, n = :v REMOVE m.l[1]',
      ExpressionAttributeValues: { ':v': { M: { x: N(1) } } },
    };
    parseExpressions(input);
    const copy = structuredClone(before);
    const after = applyUpdate(input._updates?.sections ?? [], before);
    expect(before).toEqual(copy);
    expect(after).toEqual({ m: { M: { l: { L: [{ M: { x: N(1) } }] } } }, n: { M: { x: N(1) } } });
  });

  it('adds and removes members like a set', () => {
    const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(members, members, members, (start, added, removed) => {
        const update = (UpdateExpression: string, value: string[], current: Item): Item => {
          const input: ExpressionInput = { UpdateExpression, ExpressionAttributeValues: { ':v': { SS: value } } };
          parseExpressions(input);
          return applyUpdate(input._updates?.sections ?? [], current);
        };
        const after = update('DELETE s :v', removed, update('ADD s :v', added, { s: { SS: start } }));
        const expected = new Set([...start, ...added].filter((member) => !removed.includes(member)));
        expect(new Set((after['s'] as { SS: string[] } | undefined)?.SS ?? [])).toEqual(expected);
        expect('s' in after).toBe(expected.size > 0);
      }),
    );
  });
});
