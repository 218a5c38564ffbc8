import type { Probe, Step } from '../probe.ts';
import { N, S } from './build-probe.ts';

type Bound = { query: (rest: object, values?: object, condition?: string) => Step; scan: (rest: object) => Step; pk: string };

/** Notes under one partition key, and queries for them. */
function notesProbe(name: string, items: readonly object[], steps: (on: Bound) => readonly Step[], TableName = 'notes'): Probe {
  const puts = items.map((item): Step => ['PutItem', { TableName, Item: { pk: S(name), ...item } }]);
  return {
    name,
    steps: [
      ...puts,
      ...steps({
        pk: name,
        query: (rest, values = {}, condition = '') => [
          'Query',
          { TableName, KeyConditionExpression: `pk = :pk${condition}`, ExpressionAttributeValues: { ':pk': S(name), ...values }, ...rest },
        ],
        scan: (rest) => ['Scan', { TableName, FilterExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': S(name) }, ...rest }],
      }),
    ],
  };
}

const five = ['a', 'ab', 'b', 'ba', 'c'].map((sk, position) => ({ sk: S(sk), n: N(position) }));
const KEYS = { ProjectionExpression: 'sk' };
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };

/** Queries and scans of tables. */
export const queryProbes: readonly Probe[] = [
  notesProbe('sort key conditions', five, (on) => [
    on.query(KEYS),
    on.query({ ...KEYS, ScanIndexForward: false }),
    ...['= :v', '< :v', '<= :v', '> :v', '>= :v'].map((operator) => on.query(KEYS, { ':v': S('b') }, ` AND sk ${operator}`)),
    on.query(KEYS, { ':v': S('ab'), ':w': S('b') }, ' AND sk BETWEEN :v AND :w'),
    on.query(KEYS, { ':v': S('a') }, ' AND begins_with(sk, :v)'),
    on.query(KEYS, { ':v': S('b') }, ' AND :v <= sk'),
    on.query(KEYS, { ':v': S('b') }, ' AND (sk > :v)'),
  ]),
  notesProbe('refused key conditions', five, (on) => [
    on.query({}, { ':v': S('b') }, ' AND sk <> :v'),
    on.query({}, { ':v': S('b') }, ' OR sk = :v'),
    on.query({}, { ':v': S('b') }, ' AND NOT sk = :v'),
    on.query({}, { ':v': S('b') }, ' AND n = :v'),
    on.query({}, { ':v': S('b') }, ' AND sk = :v AND sk = :v'),
    on.query({}, { ':v': S('b') }, ' AND sk IN (:v)'),
    on.query({}, { ':v': S('b') }, ' AND contains(sk, :v)'),
    on.query({}, {}, ' AND attribute_exists(sk)'),
    on.query({}, { ':v': N(1) }, ' AND sk = :v'),
    on.query({}, { ':v': S('b'), ':w': S('a') }, ' AND sk BETWEEN :v AND :w'),
    on.query({}, { ':v': S('') }, ' AND sk = :v'),
    on.query({}, { ':v': S('') }, ' AND begins_with(sk, :v)'),
    on.query({}, {}, ' AND size(sk) = :pk'),
    on.query({}, {}, ' AND sk.a = :pk'),
    ['Query', { TableName: 'notes', KeyConditionExpression: 'sk = :v', ExpressionAttributeValues: { ':v': S('a') } }],
    ['Query', { TableName: 'notes', KeyConditionExpression: 'pk > :v', ExpressionAttributeValues: { ':v': S('a') } }],
    ['Query', { TableName: 'notes', KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': S('') } }],
    ['Query', { TableName: 'notes', KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': N(1) } }],
    ['Query', { TableName: 'notes' }],
    ['Query', { TableName: 'missing', KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': S('a') } }],
    ['Query', { TableName: 'simple', KeyConditionExpression: 'id = :v AND sk = :v', ExpressionAttributeValues: { ':v': S('a') } }],
  ]),
  notesProbe('limit and pages', five, (on) => [
    on.query({ ...KEYS, Limit: 2 }),
    on.query({ ...KEYS, Limit: 2, ExclusiveStartKey: { pk: S(on.pk), sk: S('ab') } }),
    on.query({ ...KEYS, Limit: 2, ExclusiveStartKey: { pk: S(on.pk), sk: S('ba') } }),
    on.query({ ...KEYS, Limit: 5 }),
    on.query({ ...KEYS, Limit: 6 }),
    on.query({ ...KEYS, Limit: 2, ScanIndexForward: false, ExclusiveStartKey: { pk: S(on.pk), sk: S('b') } }),
    on.query({ ...KEYS, Limit: 2, ExclusiveStartKey: { pk: S(on.pk), sk: S('not there') } }),
    on.query({ Limit: 0 }),
    on.query({ Limit: -1 }),
  ]),
  notesProbe('refused start keys', five, (on) => [
    on.query({ ExclusiveStartKey: { pk: S('other'), sk: S('ab') } }),
    on.query({ ExclusiveStartKey: { pk: S(on.pk) } }),
    on.query({ ExclusiveStartKey: { pk: S(on.pk), sk: N(1) } }),
    on.query({ ExclusiveStartKey: { pk: S(on.pk), sk: S('a'), x: S('a') } }),
    on.query({ ExclusiveStartKey: { pk: S(on.pk), sk: S('c') } }, { ':v': S('b') }, ' AND sk < :v'),
    on.query({ ExclusiveStartKey: { pk: S('other'), sk: S('a') } }, { ':v': S('b') }, ' AND sk < :v'),
    on.query({ ExclusiveStartKey: { pk: S(on.pk), sk: {} } }),
  ]),
  notesProbe('filters', five, (on) => [
    on.query({ ...KEYS, FilterExpression: 'n >= :n', Limit: 3 }, { ':n': N(2) }),
    on.query({ ...KEYS, FilterExpression: 'n > :n' }, { ':n': N(99) }),
    on.query({ FilterExpression: 'sk = :n' }, { ':n': S('a') }),
    on.query({ FilterExpression: 'pk = :n' }, { ':n': S('a') }),
    on.query({ FilterExpression: 'x' }),
    on.query({ FilterExpression: '' }),
  ]),
  notesProbe('select', five, (on) => [
    on.query({ Select: 'COUNT' }),
    on.query({ Select: 'COUNT', FilterExpression: 'n < :n' }, { ':n': N(2) }),
    on.query({ Select: 'ALL_ATTRIBUTES', Limit: 1 }),
    on.query({ Select: 'ALL_PROJECTED_ATTRIBUTES' }),
    on.query({ Select: 'SPECIFIC_ATTRIBUTES' }),
    on.query({ Select: 'SPECIFIC_ATTRIBUTES', ...KEYS, Limit: 1 }),
    on.query({ Select: 'COUNT', ...KEYS }),
    on.query({ Select: 'ALL_ATTRIBUTES', ...KEYS }),
    on.query({ Select: 'x' }),
  ]),
  notesProbe('capacity of queries', five, (on) => [
    on.query({ ...KEYS, ...INDEXES }),
    on.query({ ...KEYS, ...INDEXES, ConsistentRead: true }),
    on.query({ ReturnConsumedCapacity: 'TOTAL', FilterExpression: 'n > :n' }, { ':n': N(99) }),
    ['Query', { TableName: 'notes', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': S('nobody') }, ...INDEXES }],
    [
      'Query',
      {
        TableName: 'notes',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': S('nobody') },
        ...INDEXES,
        ConsistentRead: true,
      },
    ],
  ]),
  notesProbe(
    'capacity sums the bytes of a page',
    [1, 2, 3].map((n) => ({ sk: N(n), text: S('x'.repeat(3_000)) })),
    (on) => [
      on.query({ ProjectionExpression: 'sk', ...INDEXES }),
      on.query({ ProjectionExpression: 'sk', Limit: 1, ...INDEXES, ConsistentRead: true }),
    ],
    'numbers',
  ),
  notesProbe(
    'page of 1 MB',
    [1, 2, 3, 4, 5].map((n) => ({ sk: N(n), text: S('x'.repeat(300_000)) })),
    (on) => [
      on.query({ ProjectionExpression: 'sk', ReturnConsumedCapacity: 'TOTAL' }),
      on.query({ ProjectionExpression: 'sk', ExclusiveStartKey: { pk: S(on.pk), sk: N(4) } }),
    ],
    'numbers',
  ),
  notesProbe(
    'numbers sort by value',
    ['-10', '-9.5', '-9', '-0.01', '0', '0.001', '1', '9', '10', '10.5', '100', '1e20', '-1e20', '1e-20'].map((n) => ({ sk: N(n) })),
    (on) => [
      on.query(KEYS),
      on.query(KEYS, { ':v': N('-9'), ':w': N('10') }, ' AND sk BETWEEN :v AND :w'),
      on.query(KEYS, { ':v': N('0.0') }, ' AND sk = :v'),
      on.query(KEYS, { ':v': N('-9.50') }, ' AND sk < :v'),
      on.query(KEYS, { ':v': N('1') }, ' AND begins_with(sk, :v)'),
    ],
    'numbers',
  ),
  notesProbe(
    'binary sorts by unsigned bytes',
    ['AA==', 'AAA=', 'fw==', 'gA==', '/w==', '/wA='].map((B) => ({ sk: { B } })),
    (on) => [
      on.query(KEYS),
      on.query(KEYS, { ':v': { B: '/w==' } }, ' AND begins_with(sk, :v)'),
      on.query(KEYS, { ':v': { B: 'fw==' } }, ' AND sk > :v'),
    ],
    'binaries',
  ),
  notesProbe(
    'texts sort by bytes',
    ['Z', 'a', 'ä', 'é', '\uffee', '😀', 'aa', 'a b', 'a/b', 'a~', '0'].map((sk) => ({ sk: S(sk) })),
    (on) => [
      on.query(KEYS),
      on.query(KEYS, { ':v': S('a') }, ' AND begins_with(sk, :v)'),
      on.query(KEYS, { ':v': S('a~') }, ' AND sk > :v'),
    ],
  ),
  notesProbe('scans', five, (on) => [
    on.scan(KEYS),
    on.scan({ ...KEYS, Select: 'COUNT' }),
    ['Scan', { TableName: 'missing' }],
    ['Scan', { TableName: 'notes', Segment: 0 }],
    ['Scan', { TableName: 'notes', TotalSegments: 2 }],
    ['Scan', { TableName: 'notes', Segment: 2, TotalSegments: 2 }],
    ['Scan', { TableName: 'notes', Limit: 0 }],
    ['Scan', { TableName: 'notes', ExclusiveStartKey: { pk: S('a') } }],
    ['Scan', { TableName: 'notes', FilterExpression: 'foo(' }],
    ['Scan', { TableName: 'notes', IndexName: 'missing' }],
  ]),
  notesProbe('legacy conditions', five, (on) => [
    [
      'Query',
      {
        TableName: 'notes',
        KeyConditions: {
          pk: { ComparisonOperator: 'EQ', AttributeValueList: [S(on.pk)] },
          sk: { ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [S('a')] },
        },
        AttributesToGet: ['sk'],
      },
    ],
    [
      'Query',
      {
        TableName: 'notes',
        KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [S(on.pk)] } },
        QueryFilter: { n: { ComparisonOperator: 'GT', AttributeValueList: [N(2)] } },
        AttributesToGet: ['sk'],
      },
    ],
    ['Query', { TableName: 'notes', KeyConditions: { pk: { ComparisonOperator: 'NE', AttributeValueList: [S(on.pk)] } } }],
    [
      'Scan',
      {
        TableName: 'notes',
        ScanFilter: {
          pk: { ComparisonOperator: 'EQ', AttributeValueList: [S(on.pk)] },
          n: { ComparisonOperator: 'LE', AttributeValueList: [N(1)] },
        },
        AttributesToGet: ['sk'],
      },
    ],
  ]),
];
