import type { Probe, Step } from '../probe.ts';
import { N, S } from './build-probe.ts';

const TableName = 'notes';
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };

interface IndexSteps {
  readonly pk: string;
  put(sk: string, attributes: object, rest?: object): Step;
  update(sk: string, expression: string, values?: object): Step;
  remove(sk: string): Step;
  /** Queries by an index whose partition key holds the probe's name. */
  query(index: string, key: string, rest?: object, values?: object, condition?: string): Step;
}

function indexProbe(name: string, steps: (on: IndexSteps) => readonly Step[]): Probe {
  const pk = S(name);
  return {
    name,
    steps: steps({
      pk: name,
      put: (sk, attributes, rest = {}) => ['PutItem', { TableName, Item: { pk, sk: S(sk), ...attributes }, ...rest }],
      update: (sk, UpdateExpression, values) => [
        'UpdateItem',
        { TableName, Key: { pk, sk: S(sk) }, UpdateExpression, ...(values && { ExpressionAttributeValues: values }), ...INDEXES },
      ],
      remove: (sk) => ['DeleteItem', { TableName, Key: { pk, sk: S(sk) }, ...INDEXES }],
      query: (IndexName, key, rest = {}, values = {}, condition = '') => [
        'Query',
        {
          TableName,
          IndexName,
          KeyConditionExpression: `#k = :k${condition}`,
          ExpressionAttributeNames: { '#k': key },
          ExpressionAttributeValues: { ':k': pk, ...values },
          ...rest,
        },
      ],
    }),
  };
}

/** Global and local secondary indexes: what they hold, cost and refuse. */
export const indexProbes: readonly Probe[] = [
  indexProbe('index of all attributes', (on) => [
    on.put('a', { owner: S(on.pk), at: N(3), text: S('x') }),
    on.put('b', { owner: S(on.pk), at: N(1) }),
    on.put('c', { owner: S(on.pk) }),
    on.put('d', { at: N(5) }),
    on.query('byOwner', 'owner'),
    on.query('byOwner', 'owner', { ScanIndexForward: false, Limit: 1 }),
    on.query('byOwner', 'owner', { Limit: 1, ExclusiveStartKey: { pk: S(on.pk), sk: S('b'), owner: S(on.pk), at: N(1) } }),
    on.query('byOwner', 'owner', { Limit: 2 }, { ':n': N(1) }, ' AND at > :n'),
    on.query('byOwner', 'owner', { Select: 'COUNT', ...INDEXES }),
    on.query('byOwner', 'owner', { ConsistentRead: true }),
    on.query('byOwner', 'owner', { ExclusiveStartKey: { pk: S(on.pk), sk: S('b') } }),
    on.query('byOwner', 'owner', { ExclusiveStartKey: { pk: S(on.pk), sk: S('b'), owner: S(on.pk), at: S('1') } }),
    on.query('missing', 'owner'),
    on.update('a', 'REMOVE at'),
    on.remove('b'),
    on.query('byOwner', 'owner'),
  ]),
  indexProbe('index of keys only', (on) => [
    on.put('a', { status: S(on.pk), text: S('x') }),
    on.query('byStatus', 'status'),
    on.query('byStatus', 'status', { Select: 'ALL_PROJECTED_ATTRIBUTES', ...INDEXES }),
    on.query('byStatus', 'status', { Select: 'ALL_ATTRIBUTES' }),
    on.query('byStatus', 'status', { ProjectionExpression: 'pk, sk' }),
  ]),
  indexProbe('index asked for what it does not hold', (on) => [
    on.put('a', { status: S(on.pk), text: S('x') }),
    on.query('byStatus', 'status', { ProjectionExpression: 'pk, other' }),
    on.query('byStatus', 'status', { FilterExpression: 'other = :k' }),
  ]),
  indexProbe('index with included attributes', (on) => [
    on.put('a', { category: S(on.pk), text: S('x'), other: N(1) }),
    on.query('byCategory', 'category'),
    on.query('byCategory', 'category', { ProjectionExpression: '#t', ExpressionAttributeNames: { '#t': 'text', '#k': 'category' } }),
  ]),
  indexProbe('local index fetches from the table', (on) => [
    on.put('a', { title: S('z'), other: N(1) }),
    on.put('b', { title: S('y'), other: N(2) }),
    on.put('c', {}),
    on.query('byTitle', 'pk'),
    on.query('byTitle', 'pk', { Select: 'ALL_ATTRIBUTES', ...INDEXES }),
    on.query('byTitle', 'pk', { ProjectionExpression: 'other', ConsistentRead: true }),
    on.query('byTitle', 'pk', { Limit: 1 }),
  ]),
  indexProbe('write units of indexes', (on) => [
    on.put('a', { owner: S(on.pk), at: N(1) }, INDEXES),
    on.put('a', { owner: S(on.pk), at: N(1) }, INDEXES),
    on.put('a', { owner: S(on.pk), at: N(2) }, INDEXES),
    on.put('a', { owner: S(on.pk), at: N(2), text: S('x'.repeat(2_500)) }, INDEXES),
    on.put('a', { owner: S(on.pk), at: N(2), text: S('x'.repeat(2_500)), status: S(on.pk), title: S('t'), category: S('c') }, INDEXES),
    on.put('a', { text: S('x') }, { ReturnConsumedCapacity: 'TOTAL' }),
    on.put('a', { text: S('y') }, INDEXES),
  ]),
  indexProbe('write units of updates and deletes', (on) => [
    on.put('a', { owner: S(on.pk), at: N(1), status: S(on.pk), category: S(on.pk), title: S('t') }),
    on.update('a', 'SET other = :n', { ':n': N(1) }),
    on.update('a', 'SET other = :n', { ':n': N(1) }),
    on.update('a', 'SET title = :t', { ':t': S('u') }),
    on.update('a', 'REMOVE category'),
    on.remove('a'),
    on.remove('a'),
  ]),
  indexProbe('index keys of wrong types', (on) => [
    on.put('a', { owner: N(1) }),
    on.put('a', { owner: S(''), at: N(1) }),
    on.put('a', { status: S('') }),
    on.put('a', { title: { NULL: true } }),
    on.update('a', 'SET #o = :n', { ':n': N(1) }),
    on.update('a', 'SET at = :n', { ':n': S('x') }),
    on.update('a', 'SET category = :n', { ':n': S('') }),
    on.update('a', 'SET category = :n', { ':n': { M: {} } }),
    on.update('a', 'SET category.a = :n', { ':n': S('x') }),
    on.put('a', { status: S('x'.repeat(2_049)) }),
  ]),
  indexProbe('index key taken from another attribute', (on) => [
    on.put('a', { other: N(1) }),
    on.update('a', 'SET category = other'),
    on.update('a', 'ADD at :n', { ':n': N(1) }),
  ]),
  indexProbe('scan of an index', (on) => [
    on.put('a', { owner: S(on.pk), at: N(1) }),
    ['Scan', { TableName, IndexName: 'byOwner', FilterExpression: 'pk = :k', ExpressionAttributeValues: { ':k': S(on.pk) } }],
    ['Scan', { TableName, IndexName: 'byOwner', ConsistentRead: true }],
    ['Scan', { TableName, IndexName: 'byStatus', Select: 'ALL_ATTRIBUTES' }],
    ['Scan', { TableName, IndexName: 'byOwner', ExclusiveStartKey: { pk: S('x'), sk: S('y') } }],
  ]),
  indexProbe('filter on index keys', (on) => [
    on.put('a', { owner: S(on.pk), at: N(1) }),
    on.query('byOwner', 'owner', { FilterExpression: 'at = :n' }, { ':n': N(1) }),
    on.query('byOwner', 'owner', { FilterExpression: 'sk = :n' }, { ':n': S('a') }),
  ]),
];
