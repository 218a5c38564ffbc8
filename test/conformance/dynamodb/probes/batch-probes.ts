import type { Probe, Step } from '../probe.ts';
import { N, S, text } from './build-probe.ts';

const TableName = 'simple';
const put = (id: string, attributes: object = {}) => ({ PutRequest: { Item: { id: S(id), ...attributes } } });
const write = (simple: readonly object[], rest: object = {}): Step => ['BatchWriteItem', { RequestItems: { simple }, ...rest }];
const get = (Keys: readonly object[], rest: object = {}, all: object = {}): Step => [
  'BatchGetItem',
  { RequestItems: { simple: { Keys, ...rest } }, ...all },
];
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, position) => `${prefix} ${position}`);

/** BatchWriteItem and BatchGetItem. */
export const batchProbes: readonly Probe[] = [
  {
    name: 'batch write and get',
    steps: [
      write([put('bw 1', { a: N(1) }), put('bw 2'), { DeleteRequest: { Key: { id: S('bw 3') } } }], { ReturnConsumedCapacity: 'INDEXES' }),
      get([{ id: S('bw 1') }], { ProjectionExpression: 'a' }, { ReturnConsumedCapacity: 'TOTAL' }),
      get([{ id: S('bw missing') }], { ConsistentRead: true }, { ReturnConsumedCapacity: 'INDEXES' }),
      [
        'BatchWriteItem',
        {
          RequestItems: { simple: [put('bw 4')], notes: [{ PutRequest: { Item: { pk: S('bw'), sk: S('a'), owner: S('bw'), at: N(1) } } }] },
          ReturnConsumedCapacity: 'TOTAL',
        },
      ],
    ],
  },
  { name: 'batch write of 25', steps: [write(ids('bw25', 25).map((id) => put(id)))] },
  { name: 'batch write of 26', steps: [write(ids('bw26', 26).map((id) => put(id)))] },
  {
    name: 'batch write of 26 over two tables',
    steps: [
      [
        'BatchWriteItem',
        {
          RequestItems: {
            simple: ids('bwx', 13).map((id) => put(id)),
            notes: ids('bwx', 13).map((id) => ({ PutRequest: { Item: { pk: S(id), sk: S('a') } } })),
          },
        },
      ],
    ],
  },
  { name: 'batch write of nothing', steps: [['BatchWriteItem', { RequestItems: {} }], write([]), write([{}]), ['BatchWriteItem', {}]] },
  {
    name: 'batch write with duplicates',
    steps: [write([put('dup'), put('dup')]), write([put('dup'), { DeleteRequest: { Key: { id: S('dup') } } }])],
  },
  { name: 'batch write with put and delete in one', steps: [write([{ ...put('x'), DeleteRequest: { Key: { id: S('x') } } }])] },
  { name: 'batch write into a missing table', steps: [['BatchWriteItem', { RequestItems: { missing: [put('x')] } }]] },
  {
    name: 'batch write of invalid items',
    steps: [
      write([put('x'), { PutRequest: { Item: { a: N(1) } } }]),
      write([{ PutRequest: { Item: { id: N(1) } } }]),
      write([put('x', { a: N('x') })]),
      write([{ DeleteRequest: { Key: { a: N(1) } } }]),
      write([put('')]),
    ],
  },
  { name: 'batch write of a large item', steps: [write([put('large', { a: text(410_000) })])] },
  {
    name: 'batch write leaves nothing on refusal',
    steps: [write([put('bw refused'), { PutRequest: { Item: { a: N(1) } } }]), get([{ id: S('bw refused') }])],
  },
  { name: 'batch get of 100', steps: [get(ids('bg', 100).map((id) => ({ id: S(id) })))] },
  { name: 'batch get of 101', steps: [get(ids('bg', 101).map((id) => ({ id: S(id) })))] },
  { name: 'batch get of nothing', steps: [['BatchGetItem', { RequestItems: {} }], get([]), ['BatchGetItem', {}]] },
  { name: 'batch get with duplicates', steps: [get([{ id: S('x') }, { id: S('x') }])] },
  { name: 'batch get from a missing table', steps: [['BatchGetItem', { RequestItems: { missing: { Keys: [{ id: S('x') }] } } }]] },
  {
    name: 'batch get of invalid keys',
    steps: [get([{ id: N(1) }]), get([{ other: S('x') }]), get([{ id: S('x'), b: S('y') }]), get([{ id: S('') }]), get([{ id: {} }])],
  },
  {
    name: 'batch get with expressions',
    steps: [
      get([{ id: S('bg nobody') }], { ProjectionExpression: '#a', ExpressionAttributeNames: { '#a': 'a' } }),
      get([{ id: S('x') }], { ProjectionExpression: 'a', AttributesToGet: ['a'] }),
      get([{ id: S('x') }], { ProjectionExpression: 'a b' }),
    ],
  },
  {
    name: 'batch get of 16 MB',
    steps: [
      ...ids('big', 42).map((id): Step => ['PutItem', { TableName, Item: { id: S(id), a: text(400_000) } }]),
      get(
        ids('big', 41).map((id) => ({ id: S(id) })),
        { ProjectionExpression: 'id' },
      ),
    ],
  },
];
