import type { Probe, Step } from '../probe.ts';
import { N, S, text } from './build-probe.ts';

const TableName = 'simple';
const key = (id: string) => ({ id: S(id) });
const put = (id: string, attributes: object = {}, rest: object = {}) => ({
  Put: { TableName, Item: { ...key(id), ...attributes }, ...rest },
});
const update = (id: string, UpdateExpression: string, values?: object, rest: object = {}) => ({
  Update: { TableName, Key: key(id), UpdateExpression, ...(values && { ExpressionAttributeValues: values }), ...rest },
});
const remove = (id: string, rest: object = {}) => ({ Delete: { TableName, Key: key(id), ...rest } });
const check = (id: string, ConditionExpression: string, rest: object = {}) => ({
  ConditionCheck: { TableName, Key: key(id), ConditionExpression, ...rest },
});
const transact = (TransactItems: readonly object[], rest: object = {}): Step => ['TransactWriteItems', { TransactItems, ...rest }];
const get = (id: string): Step => ['GetItem', { TableName, Key: key(id), ConsistentRead: true }];
const transactGet = (gets: readonly object[], rest: object = {}): Step => [
  'TransactGetItems',
  { TransactItems: gets.map((Get) => ({ Get })), ...rest },
];
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, position) => `${prefix} ${position}`);
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };
const NOT_THERE = { ConditionExpression: 'attribute_not_exists(id)' };
const one = { ':n': N(1) };

/** TransactWriteItems and TransactGetItems. */
export const transactionProbes: readonly Probe[] = [
  {
    name: 'transaction of all kinds',
    steps: [
      transact([put('t1 a'), put('t1 b')]),
      transact(
        [put('t1 c', { x: N(1) }), update('t1 a', 'SET n = :n', one), remove('t1 b'), check('t1 d', 'attribute_not_exists(id)')],
        INDEXES,
      ),
      get('t1 a'),
      get('t1 b'),
      get('t1 c'),
    ],
  },
  {
    name: 'transaction cancelled by its second action',
    steps: [transact([put('t2 a')]), transact([put('t2 b'), put('t2 a', {}, NOT_THERE), put('t2 c')]), get('t2 b'), get('t2 c')],
  },
  {
    name: 'cancellation reasons with items',
    steps: [
      transact([put('t3 a', { x: N(1) })]),
      transact([put('t3 a', {}, { ...NOT_THERE, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), put('t3 b')]),
      transact([
        check('t3 a', 'attribute_not_exists(id)', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        remove('t3 c', { ConditionExpression: 'attribute_exists(id)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      ]),
      transact([update('t3 a', 'SET y = :n', one, { ConditionExpression: 'x = :n', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })]),
      transact([
        update('t3 a', 'SET y = :n', { ':n': N(7) }, { ConditionExpression: 'x = :n', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      ]),
    ],
  },
  {
    name: 'transaction with an update that does not fit',
    steps: [
      transact([put('t4 a', { s: S('x') })]),
      transact([put('t4 b'), update('t4 a', 'SET s = s + :n', one)]),
      transact([update('t4 a', 'SET q.w = :n', one), put('t4 b')]),
      get('t4 b'),
    ],
  },
  {
    name: 'transaction with one item twice',
    steps: [transact([put('t5 a'), update('t5 a', 'SET n = :n', one)]), transact([put('t5 a'), check('t5 a', 'attribute_exists(id)')])],
  },
  {
    name: 'transaction of nothing',
    steps: [transact([]), ['TransactWriteItems', {}], transact([{}]), transact([{ ...put('x'), ...remove('y') }])],
  },
  { name: 'transaction of 100', steps: [transact(ids('t100', 100).map((id) => put(id)))] },
  { name: 'transaction of 101', steps: [transact(ids('t101', 101).map((id) => put(id)))] },
  { name: 'transaction of more than 4 MB', steps: [transact(ids('t4m', 11).map((id) => put(id, { a: text(400_000) }))), get('t4m 0')] },
  { name: 'transaction with a large item', steps: [transact([put('t6 a', { a: text(410_000) })])] },
  { name: 'transaction into a missing table', steps: [transact([{ Put: { TableName: 'missing', Item: key('x') } }])] },
  {
    name: 'transaction with invalid keys',
    steps: [
      transact([{ Put: { TableName, Item: { a: N(1) } } }]),
      transact([{ Put: { TableName, Item: { id: N(1) } } }]),
      transact([{ Delete: { TableName, Key: { other: S('x') } } }]),
      transact([put('')]),
      transact([put('x', { a: N('abc') })]),
    ],
  },
  {
    name: 'transaction with invalid expressions',
    steps: [
      transact([update('x', 'SET a = ')]),
      transact([put('x', {}, { ConditionExpression: 'a = :b' })]),
      transact([update('x', 'SET id = :n', one)]),
      transact([{ ConditionCheck: { TableName, Key: key('x') } }]),
      transact([{ Update: { TableName, Key: key('x') } }]),
    ],
  },
  { name: 'transaction with unknown return value', steps: [transact([put('x', {}, { ReturnValuesOnConditionCheckFailure: 'x' })])] },
  {
    name: 'transaction with a token',
    steps: [
      transact([update('t7 a', 'ADD n :n', one)], { ClientRequestToken: 'token-t7', ...INDEXES }),
      transact([update('t7 a', 'ADD n :n', one)], { ClientRequestToken: 'token-t7', ...INDEXES }),
      transact([update('t7 a', 'ADD n :n', { ':n': N(2) })], { ClientRequestToken: 'token-t7' }),
      get('t7 a'),
      transact([put('t7 b')], { ClientRequestToken: '' }),
      transact([put('t7 b')], { ClientRequestToken: 'x'.repeat(37) }),
    ],
  },
  {
    name: 'token of a cancelled transaction',
    steps: [
      transact([put('t8 a'), check('t8 b', 'attribute_exists(id)')], { ClientRequestToken: 'token-t8' }),
      transact([put('t8 b')]),
      transact([put('t8 a'), check('t8 b', 'attribute_exists(id)')], { ClientRequestToken: 'token-t8' }),
      get('t8 a'),
    ],
  },
  {
    name: 'capacity of transactions',
    steps: [
      transact([put('t9 a', { a: text(1_500) }), check('t9 b', 'attribute_not_exists(id)')], INDEXES),
      transact(
        [{ Put: { TableName: 'notes', Item: { pk: S('t9'), sk: S('a'), owner: S('t9'), at: N(1), status: S('t9') } } }, put('t9 c')],
        INDEXES,
      ),
      transact([check('t9 a', 'attribute_exists(id)')], { ReturnConsumedCapacity: 'TOTAL' }),
      transact([remove('t9 a')], { ReturnConsumedCapacity: 'TOTAL' }),
    ],
  },
  {
    name: 'transactional reads',
    steps: [
      transact([put('t10 a', { x: N(1), y: N(2) }), put('t10 b')]),
      transactGet(
        [
          { TableName, Key: key('t10 a'), ProjectionExpression: 'x' },
          { TableName, Key: key('t10 missing') },
          { TableName, Key: key('t10 b') },
        ],
        INDEXES,
      ),
      transactGet([{ TableName, Key: key('t10 a') }], { ReturnConsumedCapacity: 'TOTAL' }),
      transactGet([
        { TableName, Key: key('t10 a') },
        { TableName, Key: key('t10 a') },
      ]),
      transactGet([{ TableName: 'missing', Key: key('t10 a') }]),
      transactGet([{ TableName, Key: { other: S('x') } }]),
      transactGet([{ TableName, Key: key('t10 a'), ProjectionExpression: 'x,' }]),
      transactGet([]),
      ['TransactGetItems', {}],
      ['TransactGetItems', { TransactItems: [{}] }],
    ],
  },
  { name: 'transactional read of 100', steps: [transactGet(ids('tg', 100).map((id) => ({ TableName, Key: key(id) })))] },
  { name: 'transactional read of 101', steps: [transactGet(ids('tg', 101).map((id) => ({ TableName, Key: key(id) })))] },
];
