import type { AnyFilter, Filter } from '../../../contracts/filter.ts';
import { matches, toPredicate } from '../../../lambdas/runtime/predicate.ts';
import { eventPattern, filterPattern } from '../../../lib/events/event-pattern.ts';
import { matchesPattern } from '../../../local/services/lambda/event-pattern.ts';

const models = {
  Note: {
    fields: {
      title: { kind: 'string', required: true, nullable: false },
      tags: { kind: 'array', required: false, nullable: false },
      stars: { kind: 'integer', required: false, nullable: false },
    },
  },
} as const;
const kindOf = (field: string) => (models.Note.fields as Readonly<Record<string, { kind: 'string' | 'array' | 'integer' }>>)[field]?.kind;
const pattern = (filter: object) => filterPattern(filter as AnyFilter, kindOf, 'when');

/** Typed, so that `tsc` takes what patterns can say. */
const filters: readonly AnyFilter[] = [
  { title: 'a' },
  { stars: 3 },
  { done: true },
  { done: { ne: true } },
  { title: { ne: 'a' } },
  { stars: { ne: 3 } },
  { stars: { gt: 2 } },
  { stars: { gte: 3, lt: 5 } },
  { stars: { between: [1, 3] } },
  { title: { in: ['a', 'b'] } },
  { title: { beginsWith: 'ab' } },
  { title: { contains: 'b*' } },
  { title: { contains: 'b' } },
  { tags: { contains: 'red' } },
  { title: { exists: true } },
  { title: { exists: false } },
  { and: [{ title: 'a' }, { stars: { gt: 1 } }] },
  { or: [{ title: 'a' }, { stars: 5 }], done: true },
  { not: { title: 'a' } },
  { not: { done: true } },
  { not: { title: { in: ['a', 'b'] } } },
  { not: { title: { beginsWith: 'a' } } },
  { not: { title: { exists: true } } },
  { not: { title: { exists: false } } },
  { not: { stars: { ne: 3 } } },
  { or: [{ not: { title: 'a' } }, { stars: 5 }] },
  { or: [{ and: [{ title: 'a' }, { stars: 5 }] }, { not: { done: true } }] },
  { not: { title: 'a' }, done: true },
  { and: [{ not: { title: { in: ['a', 'b'] } } }, { stars: { gt: 1 } }] },
];
const records: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { title: 'a' },
  { title: 'b', stars: 3, done: false },
  { title: 'abc', stars: 5, done: true },
  { title: 'ab*c', stars: 2, tags: ['red', 'blue'] },
  { title: 'red', tags: ['blue'], stars: 1, done: true },
  { title: 'a', stars: 5, done: true },
  { stars: -4 },
];

describe('filterPattern', () => {
  it.each(filters)('means the same as the filter %j', (filter) => {
    const predicate = toPredicate(filter as Filter);
    for (const record of records) {
      expect({ record, holds: matchesPattern(pattern(filter), record) }).toEqual({ record, holds: matches(predicate, record) });
    }
  });

  it.each<[object, string]>([
    [{ title: { gt: 'a' } }, 'an order of numbers only'],
    [{ title: { between: ['a', 'b'] } }, 'an order of numbers only'],
    [{ stars: { gt: 6e9 } }, 'from -5e9 to 5e9 only'],
    [{ title: { beginsWith: 'a', ne: 'ab' } }, 'takes one comparison of a field'],
    [{ stars: { gt: 1, ne: 2 } }, 'takes one comparison of a field'],
    [{ title: {} }, 'takes one comparison of a field'],
    [{ title: { contains: 7 } }, 'looks for 7 in a text'],
    [{ and: [{ title: 'a' }, { title: 'b' }] }, 'asks twice for title'],
    [{ not: { stars: { gt: 3 } } }, 'negates what a pattern of EventBridge cannot'],
    [{ not: { title: 'a', stars: 1 } }, 'negates what a pattern of EventBridge cannot'],
    [{ title: { like: 'a' } }, 'has the operator like'],
  ])('refuses %j', (filter, message) => {
    expect(() => pattern(filter)).toThrow(message);
  });
});

describe('eventPattern', () => {
  const at = 'Listener';
  it('takes types, all types of a noun, and everything', () => {
    expect(eventPattern({ types: ['Note.created', 'payment.*'] }, models, at)).toEqual({
      source: ['plinth'],
      'detail-type': ['Note.created', { prefix: 'payment.' }],
    });
    expect(eventPattern({ types: ['*'] }, models, at)).toEqual({ source: ['plinth'] });
  });

  it('looks at the new record, at the old one of a delete, and at the data of other events', () => {
    const branch = (type: string, data: object) => ({ 'detail-type': [type], detail: { data } });
    expect(eventPattern({ types: ['Note.created', 'Note.deleted', 'file.ready'], when: { title: 'a' } }, models, at)).toEqual({
      source: ['plinth'],
      $or: [
        branch('Note.created', { $or: [{ new: { title: ['a'] } }, { truncated: [true] }] }),
        branch('Note.deleted', { $or: [{ old: { title: ['a'] } }, { truncated: [true] }] }),
        branch('file.ready', { title: ['a'] }),
      ],
    });
  });

  it.each([
    [['*'], 'on all events'],
    [['Note.*'], 'name the events (Note.created, Note.updated, Note.deleted)'],
  ])('refuses a "when" on %j', (types, message) => {
    expect(() => eventPattern({ types, when: { title: 'a' } }, models, at)).toThrow(message);
  });
});
