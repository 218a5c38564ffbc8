import type { Answer, Probe, Step } from '../probe.ts';
import { N, S } from './build-probe.ts';

const hash = { AttributeName: 'id', KeyType: 'HASH' };

function read(from: readonly Answer[], position: number, ...path: (string | number)[]): string {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], from[position]?.body) as string;
}

/** A table of its own with a stream, changes, and the records that come of them. */
function streamProbe(name: string, StreamViewType: string, changes: (table: string) => readonly Step[]): Probe {
  const TableName = `stream-${name.replaceAll(' ', '-')}`;
  const made = changes(TableName);
  const first = made.length + 1;
  return {
    name: `stream ${name}`,
    steps: [
      [
        'CreateTable',
        {
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [hash],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          StreamSpecification: { StreamEnabled: true, StreamViewType },
        },
      ],
      ...made,
      ['DescribeStream', (answers) => ({ StreamArn: read(answers, 0, 'TableDescription', 'LatestStreamArn') })],
      [
        'GetShardIterator',
        (answers) => ({
          StreamArn: read(answers, 0, 'TableDescription', 'LatestStreamArn'),
          ShardId: read(answers, first, 'StreamDescription', 'Shards', 0, 'ShardId'),
          ShardIteratorType: 'TRIM_HORIZON',
        }),
      ],
      ['GetRecords', (answers) => ({ ShardIterator: read(answers, first + 1, 'ShardIterator') })],
      ['GetRecords', (answers) => ({ ShardIterator: read(answers, first + 1, 'ShardIterator'), Limit: 1 })],
      [
        'GetShardIterator',
        (answers) => ({
          StreamArn: read(answers, 0, 'TableDescription', 'LatestStreamArn'),
          ShardId: read(answers, first, 'StreamDescription', 'Shards', 0, 'ShardId'),
          ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
          SequenceNumber: read(answers, first + 3, 'Records', 0, 'dynamodb', 'SequenceNumber'),
        }),
      ],
      ['GetRecords', (answers) => ({ ShardIterator: read(answers, first + 4, 'ShardIterator') })],
      ['DeleteTable', { TableName }],
    ],
  };
}

const changes = (TableName: string): readonly Step[] => [
  ['PutItem', { TableName, Item: { id: S('a'), n: N(1) } }],
  ['PutItem', { TableName, Item: { id: S('a'), n: N(1) } }],
  ['PutItem', { TableName, Item: { id: S('a'), n: N(2) } }],
  [
    'UpdateItem',
    { TableName, Key: { id: S('a') }, UpdateExpression: 'SET m = :m', ExpressionAttributeValues: { ':m': { M: { x: N(1) } } } },
  ],
  ['UpdateItem', { TableName, Key: { id: S('b') }, UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': N(1) } }],
  ['DeleteItem', { TableName, Key: { id: S('a') } }],
  ['DeleteItem', { TableName, Key: { id: S('nothing') } }],
];

/** DynamoDB Streams. */
export const streamProbes: readonly Probe[] = [
  streamProbe('of new and old images', 'NEW_AND_OLD_IMAGES', changes),
  streamProbe('of keys', 'KEYS_ONLY', changes),
  streamProbe('of new images', 'NEW_IMAGE', changes),
  streamProbe('of old images', 'OLD_IMAGE', changes),
  streamProbe('of a transaction', 'NEW_AND_OLD_IMAGES', (TableName) => [
    ['PutItem', { TableName, Item: { id: S('c') } }],
    ['TransactWriteItems', { TransactItems: ['a', 'b', 'c'].map((id) => ({ Put: { TableName, Item: { id: S(id), n: N(1) } } })) }],
  ]),
  {
    name: 'streams refused',
    steps: [
      ['DescribeStream', { StreamArn: 'arn:aws:dynamodb:ddblocal:000000000000:table/streamed/stream/2000-01-01T00:00:00.000' }],
      ['DescribeStream', {}],
      ['GetShardIterator', {}],
      ['GetRecords', {}],
      ['ListStreams', { TableName: 'streamed' }],
      ['ListStreams', { Limit: 0 }],
    ],
  },
];
