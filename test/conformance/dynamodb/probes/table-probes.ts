import type { Probe, Step } from '../probe.ts';
import { N, S } from './build-probe.ts';

const hash = (name: string) => ({ AttributeName: name, KeyType: 'HASH' });
const range = (name: string) => ({ AttributeName: name, KeyType: 'RANGE' });
const defined = (types: Record<string, string>) =>
  Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
const base = { BillingMode: 'PAY_PER_REQUEST', KeySchema: [hash('id')], AttributeDefinitions: defined({ id: 'S' }) };
const create = (TableName: string, rest: object = {}): Step => ['CreateTable', { ...base, TableName, ...rest }];
const describe = (TableName: string): Step => ['DescribeTable', { TableName }];
const drop = (TableName: string): Step => ['DeleteTable', { TableName }];
const change = (TableName: string, rest: object): Step => ['UpdateTable', { TableName, ...rest }];
const index = (IndexName: string, key = 'a', rest: object = {}) => ({
  IndexName,
  KeySchema: [hash(key)],
  Projection: { ProjectionType: 'ALL' },
  ...rest,
});

/** Tables and their settings. */
export const tableProbes: readonly Probe[] = [
  {
    name: 'table on demand',
    steps: [create('p-demand'), describe('p-demand'), create('p-demand'), drop('p-demand'), describe('p-demand'), drop('p-demand')],
  },
  {
    name: 'table with throughput',
    steps: [
      create('p-prov', { BillingMode: undefined, ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } }),
      describe('p-prov'),
      drop('p-prov'),
    ],
  },
  {
    name: 'billing mode and throughput disagree',
    steps: [
      create('p-b', { ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } }),
      create('p-b', { BillingMode: 'PROVISIONED' }),
      create('p-b', { BillingMode: 'x' }),
      create('p-b', { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 6 } }),
      drop('p-b'),
    ],
  },
  {
    name: 'refused schemas',
    steps: [
      create('p-s', { KeySchema: [] }),
      create('p-s', { KeySchema: [range('id')] }),
      create('p-s', { KeySchema: [hash('id'), hash('id')] }),
      create('p-s', { KeySchema: [hash('id'), range('missing')] }),
      create('p-s', { AttributeDefinitions: defined({ id: 'S', more: 'S' }) }),
      create('p-s', { AttributeDefinitions: defined({ id: 'BOOL' }) }),
      create('p-s', { AttributeDefinitions: [] }),
      create('p-s', { KeySchema: undefined }),
      create('ab'),
      create('a b c'),
    ],
  },
  {
    name: 'refused indexes',
    steps: [
      create('p-i', { GlobalSecondaryIndexes: [] }),
      create('p-i', { GlobalSecondaryIndexes: [index('one')] }),
      create('p-i', { AttributeDefinitions: defined({ id: 'S', a: 'S' }), GlobalSecondaryIndexes: [index('one'), index('one')] }),
      create('p-i', {
        AttributeDefinitions: defined({ id: 'S', a: 'S' }),
        GlobalSecondaryIndexes: [index('one', 'a', { Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['x'] } })],
      }),
      create('p-i', {
        AttributeDefinitions: defined({ id: 'S', a: 'S' }),
        GlobalSecondaryIndexes: [index('one', 'a', { Projection: {} })],
      }),
      create('p-i', { AttributeDefinitions: defined({ id: 'S', a: 'S' }), LocalSecondaryIndexes: [index('one')] }),
      create('p-i', { AttributeDefinitions: defined({ id: 'S', a: 'S' }), GlobalSecondaryIndexes: [index('x')] }),
    ],
  },
  {
    name: 'table with indexes',
    steps: [
      create('p-idx', {
        KeySchema: [hash('id'), range('sk')],
        AttributeDefinitions: defined({ id: 'S', sk: 'N', a: 'S' }),
        GlobalSecondaryIndexes: [
          index('byA'),
          index('byKeys', 'a', { Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] } }),
        ],
        LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: [hash('id'), range('a')], Projection: { ProjectionType: 'KEYS_ONLY' } }],
      }),
      ['PutItem', { TableName: 'p-idx', Item: { id: S('1'), sk: N(1), a: S('x') } }],
      describe('p-idx'),
      drop('p-idx'),
    ],
  },
  {
    name: 'index added and removed',
    steps: [
      create('p-add'),
      ['PutItem', { TableName: 'p-add', Item: { id: S('1'), a: S('x') } }],
      change('p-add', { AttributeDefinitions: defined({ id: 'S' }), GlobalSecondaryIndexUpdates: [{ Create: index('byA') }] }),
      change('p-add', { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'missing' } }] }),
      change('p-add', { GlobalSecondaryIndexUpdates: [{}] }),
      drop('p-add'),
    ],
  },
  {
    name: 'update of nothing',
    steps: [
      create('p-upd'),
      change('p-upd', {}),
      change('p-upd', { BillingMode: 'PROVISIONED' }),
      change('missing', { BillingMode: 'PAY_PER_REQUEST' }),
      drop('p-upd'),
    ],
  },
  {
    name: 'deletion protection',
    steps: [
      create('p-prot', { DeletionProtectionEnabled: true }),
      drop('p-prot'),
      change('p-prot', { DeletionProtectionEnabled: false }),
      drop('p-prot'),
    ],
  },
  {
    name: 'stream of a table',
    steps: [
      create('p-str', { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }),
      describe('p-str'),
      change('p-str', { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }),
      drop('p-str'),
    ],
  },
  {
    name: 'stream without a view',
    steps: [
      create('p-sv', { StreamSpecification: { StreamEnabled: true } }),
      create('p-sv', { StreamSpecification: { StreamEnabled: true, StreamViewType: 'x' } }),
      drop('p-sv'),
    ],
  },
  {
    name: 'time to live',
    steps: [
      create('p-ttl'),
      ['DescribeTimeToLive', { TableName: 'p-ttl' }],
      ['UpdateTimeToLive', { TableName: 'p-ttl', TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }],
      ['DescribeTimeToLive', { TableName: 'p-ttl' }],
      ['UpdateTimeToLive', { TableName: 'p-ttl', TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }],
      ['UpdateTimeToLive', { TableName: 'p-ttl' }],
      ['UpdateTimeToLive', { TableName: 'missing', TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }],
      ['DescribeTimeToLive', { TableName: 'missing' }],
      drop('p-ttl'),
    ],
  },
  {
    name: 'tags',
    steps: [
      create('p-tag', { Tags: [{ Key: 'a', Value: '1' }] }),
      ['TagResource', { ResourceArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/missing', Tags: [{ Key: 'a', Value: '1' }] }],
      ['TagResource', {}],
      drop('p-tag'),
    ],
  },
  {
    name: 'list of tables',
    steps: [
      ['ListTables', { ExclusiveStartTableName: 'numberr', Limit: 2 }],
      ['ListTables', { Limit: 0 }],
      ['ListTables', { Limit: 101 }],
      ['ListTables', { ExclusiveStartTableName: 'x' }],
    ],
  },
  {
    name: 'settings of missing tables',
    steps: [describe('missing'), drop('missing'), ['DescribeContinuousBackups', { TableName: 'missing' }], ['DescribeTable', {}]],
  },
  { name: 'unknown operation', steps: [['FooBar', {}]] },
];
