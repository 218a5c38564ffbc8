import type { Probe } from '../probe.ts';
import { N, S, simpleProbe, text } from './build-probe.ts';

const TableName = 'simple';
const ALL_TYPES = {
  s: S('text'),
  empty: S(''),
  n: N('1.50'),
  b: { B: 'AAEC' },
  emptyB: { B: '' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2.0'] },
  bs: { BS: ['AAEC', 'AQ=='] },
  l: { L: [S('x'), N(1), { L: [] }] },
  m: { M: { a: S('x'), m: { M: {} } } },
};
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };
const TOTAL = { ReturnConsumedCapacity: 'TOTAL' };

/** Puts, gets, deletes: values, answers, validation. */
export const itemProbes: readonly Probe[] = [
  simpleProbe('every type comes back', (on) => [on.put(ALL_TYPES), on.get()]),
  simpleProbe('get of a missing item', (on) => [on.get(), on.get(INDEXES)]),
  simpleProbe('put returns the old item', (on) => [
    on.put({ a: N(1) }, { ReturnValues: 'ALL_OLD' }),
    on.put({ a: N(2) }, { ReturnValues: 'ALL_OLD' }),
  ]),
  simpleProbe('put refuses other return values', (on) => [
    on.put({}, { ReturnValues: 'ALL_NEW' }),
    on.put({}, { ReturnValues: 'UPDATED_OLD' }),
    on.put({}, { ReturnValues: 'x' }),
  ]),
  simpleProbe('delete returns the old item', (on) => [
    on.put({ a: N(1) }),
    on.remove({ ReturnValues: 'ALL_OLD' }),
    on.remove({ ReturnValues: 'ALL_OLD' }),
    on.remove({ ReturnValues: 'ALL_NEW' }),
  ]),
  simpleProbe('capacity of put, get and delete', (on) => [
    on.put({ a: text(2000) }, TOTAL),
    on.get(TOTAL),
    on.get({ ...TOTAL, ConsistentRead: false }),
    on.put({ a: N(1) }, INDEXES),
    on.remove(TOTAL),
    on.remove(TOTAL),
  ]),
  simpleProbe('capacity of 4 KB and one byte more', (on) => [
    on.put({ a: text(4096 - 2 - 35 - 1) }, TOTAL),
    on.get(TOTAL),
    on.put({ a: text(4096 - 2 - 35) }, TOTAL),
    on.get(TOTAL),
  ]),
  simpleProbe('multi-byte names and values count in bytes', (on) => [
    on.put({ ä: S('€'.repeat(340)) }, TOTAL),
    on.put({ ä: S('😀'.repeat(254)) }, TOTAL),
  ]),
  simpleProbe('item of 400 KB', (on) => [
    on.put({ a: text(409_600 - 2 - 15 - 1) }, TOTAL),
    on.get({ ...TOTAL, ProjectionExpression: 'id' }),
  ]),
  simpleProbe('item of 400 KB and a byte', (on) => [on.put({ a: text(409_600 - 2 - 27 - 1 + 1) })]),
  simpleProbe('empty sets', (on) => [on.put({ a: { SS: [] } }), on.put({ a: { NS: [] } }), on.put({ a: { BS: [] } })]),
  simpleProbe('sets with duplicates', (on) => [
    on.put({ a: { SS: ['x', 'x'] } }),
    on.put({ a: { NS: ['1', '1.0'] } }),
    on.put({ a: { BS: ['AQ==', 'AQ=='] } }),
  ]),
  simpleProbe('set with an empty text', (on) => [on.put({ a: { SS: ['', 'x'] } }), on.get()]),
  simpleProbe('values of no type or two', (on) => [on.put({ a: {} }), on.put({ a: { S: 'x', N: '1' } }), on.put({ a: { NULL: false } })]),
  simpleProbe('numbers in normal form', (on) => [
    on.put({ l: { L: ['1.0', '-0', '0', '-0.0', '1e2', '1E-5', '00012.50', '+3', '.5', '5.', '123456789012345678901234567890'].map(N) } }),
    on.get(),
  ]),
  simpleProbe('large and small numbers', (on) => [
    on.put({ a: N('9.9999999999999999999999999999999999999E+125'), b: N('1E-130'), c: N('-1E125'), d: N('1E22') }),
    on.get(),
  ]),
  simpleProbe('number above the range', (on) => [on.put({ a: N('1E126') }), on.put({ a: N('-1E126') })]),
  simpleProbe('number below the range', (on) => [on.put({ a: N('1E-131') })]),
  simpleProbe('number of 38 digits', (on) => [on.put({ a: N('12345678901234567890123456789012345678') }), on.get()]),
  simpleProbe('number of 39 digits', (on) => [
    on.put({ a: N('123456789012345678901234567890123456789') }),
    on.put({ a: N('0.123456789012345678901234567890123456789') }),
  ]),
  simpleProbe('number of 39 digits with a trailing zero', (on) => [on.put({ a: N('123456789012345678901234567890123456780') }), on.get()]),
  simpleProbe('text that is no number', (on) => [
    on.put({ a: N('abc') }),
    on.put({ a: N('') }),
    on.put({ a: N('NaN') }),
    on.put({ a: N('Infinity') }),
    on.put({ a: N('0x10') }),
    on.put({ a: N(' 1') }),
  ]),
  simpleProbe('nesting of 32 levels', (on) => [on.put({ a: nested(31) }), on.get()]),
  simpleProbe('nesting at the limit', (on) => [on.put({ a: nested(32) })]),
  simpleProbe('nesting above the limit', (on) => [on.put({ a: nested(33) })]),
  simpleProbe('nesting of lists above the limit', (on) => [on.put({ a: nestedList(33) })]),
  simpleProbe('attribute names that look like prototypes', (on) => [
    on.put({ constructor: S('c'), toString: S('t'), hasOwnProperty: S('h') }),
    on.get(),
  ]),
  simpleProbe('unicode comes back', (on) => [on.put({ a: S('\u0000\u202e👩‍💻\ud7ff'), '👩': S('x') }), on.get()]),
  simpleProbe('invalid base64', (on) => [on.put({ a: { B: '!!!' } }), on.put({ a: { B: 'AAA' } })]),
  simpleProbe('wrong JSON types', (on) => [
    on.put({ a: { S: 1 } }),
    on.put({ a: { N: 1 } }),
    on.put({ a: { BOOL: 'true' } }),
    on.put({ a: { SS: 'x' } }),
    on.put({ a: 'x' }),
    on.put({ a: { M: [] } }),
    on.put({ a: { L: {} } }),
  ]),
  {
    name: 'missing key',
    steps: [
      ['PutItem', { TableName, Item: { a: N(1) } }],
      ['GetItem', { TableName, Key: {} }],
      ['GetItem', { TableName, Key: { other: S('x') } }],
    ],
  },
  {
    name: 'key of a wrong type',
    steps: [
      ['PutItem', { TableName, Item: { id: N(1) } }],
      ['GetItem', { TableName, Key: { id: N(1) } }],
      ['DeleteItem', { TableName, Key: { id: N(1) } }],
    ],
  },
  {
    name: 'key with more attributes',
    steps: [
      ['GetItem', { TableName, Key: { id: S('x'), b: S('y') } }],
      ['GetItem', { TableName: 'notes', Key: { pk: S('x') } }],
    ],
  },
  {
    name: 'empty key',
    steps: [
      ['PutItem', { TableName, Item: { id: S('') } }],
      ['GetItem', { TableName, Key: { id: S('') } }],
      ['DeleteItem', { TableName, Key: { id: S('') } }],
    ],
  },
  {
    name: 'partition key of 2048 bytes',
    steps: [
      ['PutItem', { TableName, Item: { id: text(2048) } }],
      ['GetItem', { TableName, Key: { id: text(2048) }, ProjectionExpression: 'nothing' }],
    ],
  },
  {
    name: 'partition key of 2049 bytes',
    steps: [
      ['PutItem', { TableName, Item: { id: text(2049) } }],
      ['GetItem', { TableName, Key: { id: text(2049) } }],
    ],
  },
  { name: 'partition key of 1025 two-byte characters', steps: [['PutItem', { TableName, Item: { id: S('ä'.repeat(1025)) } }]] },
  {
    name: 'sort key of 1024 bytes',
    steps: [['PutItem', { TableName: 'notes', Item: { pk: S('sort key of 1024 bytes'), sk: text(1024) } }]],
  },
  {
    name: 'sort key of 1025 bytes',
    steps: [
      ['PutItem', { TableName: 'notes', Item: { pk: S('x'), sk: text(1025) } }],
      ['GetItem', { TableName: 'notes', Key: { pk: S('x'), sk: text(1025) } }],
    ],
  },
  {
    name: 'missing table',
    steps: [
      ['PutItem', { TableName: 'missing', Item: { id: S('x') } }],
      ['GetItem', { TableName: 'missing', Key: { id: S('x') } }],
      ['UpdateItem', { TableName: 'missing', Key: { id: S('x') } }],
      ['DeleteItem', { TableName: 'missing', Key: { id: S('x') } }],
    ],
  },
  { name: 'table name of two characters', steps: [['PutItem', { TableName: 'ab', Item: { id: S('x') } }]] },
  { name: 'table name with illegal characters', steps: [['PutItem', { TableName: 'a b!', Item: { id: S('x') } }]] },
  {
    name: 'no table name',
    steps: [
      ['PutItem', { Item: { id: S('x') } }],
      ['GetItem', {}],
    ],
  },
  {
    name: 'no item',
    steps: [
      ['PutItem', { TableName }],
      ['PutItem', { TableName, Item: null }],
    ],
  },
  {
    name: 'unknown enumeration values',
    steps: [
      ['GetItem', { TableName, Key: { id: S('x') }, ReturnConsumedCapacity: 'x' }],
      ['PutItem', { TableName, Item: { id: S('x') }, ReturnItemCollectionMetrics: 'x', ReturnConsumedCapacity: 'y' }],
    ],
  },
  simpleProbe('projections', (on) => [
    on.put({ a: { M: { b: { L: [S('0'), S('1'), S('2')] }, c: N(1) } }, d: N(2), 'e.f': N(3) }),
    on.get({ ProjectionExpression: 'a.b[1], a.b[2], d' }),
    on.get({ ProjectionExpression: 'a.c, missing, a.missing, a.b[9]' }),
    on.get({ ProjectionExpression: '#e', ExpressionAttributeNames: { '#e': 'e.f' } }),
    on.get({ ProjectionExpression: 'a.b[0].c' }),
    on.get({ ProjectionExpression: 'a, a.b' }),
    on.get({ ProjectionExpression: 'd, d' }),
    on.get({ ProjectionExpression: '' }),
    on.get({ ProjectionExpression: 'a.b[' }),
    on.get({ ProjectionExpression: 'name' }),
    on.get({ ProjectionExpression: '#x' }),
    on.get({ ProjectionExpression: 'd', ExpressionAttributeNames: { '#x': 'y' } }),
    on.get({ ExpressionAttributeNames: { '#x': 'y' } }),
    on.get({ AttributesToGet: ['d', 'e.f'] }),
    on.get({ AttributesToGet: ['d', 'd'] }),
    on.get({ AttributesToGet: ['d'], ProjectionExpression: 'd' }),
  ]),
];

function nested(levels: number): object {
  let value: object = N(1);
  for (let level = 0; level < levels; level += 1) value = { M: { a: value } };
  return value;
}

function nestedList(levels: number): object {
  let value: object = N(1);
  for (let level = 0; level < levels; level += 1) value = { L: [value] };
  return value;
}
