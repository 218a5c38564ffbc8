import { AwsError } from '../../../local/services/service.ts';
import { call } from '../../conformance/dynamodb/probe.ts';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes';
const STREAM = `${ARN}/stream/2020-01-01T00:00:00.000`;
const Key = { id: { S: '1' } };
const leading = (...keys: string[]) => ({ 'dynamodb:LeadingKeys': keys });
const query = { TableName: TABLE, KeyConditionExpression: 'id = :v', ExpressionAttributeValues: { ':v': { S: '1' } } };
const byOwner = { ...query, IndexName: 'byOwner', KeyConditionExpression: '#o = :v', ExpressionAttributeNames: { '#o': 'owner' } };

/** What AWS checks for each operation. */
const GRANTS: readonly (readonly [operation: string, input: object, grants: readonly unknown[][]])[] = [
  ['GetItem', { TableName: TABLE, Key }, [['dynamodb:GetItem', ARN, leading('1')]]],
  ['GetItem', { TableName: ARN, Key }, [['dynamodb:GetItem', ARN, leading('1')]]],
  ['PutItem', { TableName: TABLE, Item: note('2') }, [['dynamodb:PutItem', ARN, leading('2')]]],
  ['UpdateItem', { TableName: TABLE, Key }, [['dynamodb:UpdateItem', ARN, leading('1')]]],
  ['DeleteItem', { TableName: TABLE, Key }, [['dynamodb:DeleteItem', ARN, leading('1')]]],
  ['Query', query, [['dynamodb:Query', ARN, leading('1')]]],
  ['Query', byOwner, [['dynamodb:Query', `${ARN}/index/byOwner`, leading('1')]]],
  ['Scan', { TableName: TABLE }, [['dynamodb:Scan', ARN]]],
  ['Scan', { TableName: TABLE, IndexName: 'byOwner' }, [['dynamodb:Scan', `${ARN}/index/byOwner`]]],
  ['BatchGetItem', { RequestItems: { notes: { Keys: [Key, { id: { S: '2' } }] } } }, [['dynamodb:BatchGetItem', ARN, leading('1', '2')]]],
  ['BatchWriteItem', { RequestItems: { notes: [{ PutRequest: { Item: note('3') } }] } }, [['dynamodb:BatchWriteItem', ARN, leading('3')]]],
  ['TransactGetItems', { TransactItems: [{ Get: { TableName: TABLE, Key } }] }, [['dynamodb:GetItem', ARN, leading('1')]]],
  [
    'TransactWriteItems',
    {
      TransactItems: [
        { Put: { TableName: TABLE, Item: note('4') } },
        { Put: { TableName: TABLE, Item: note('5') } },
        { Update: { TableName: TABLE, Key: { id: { S: '6' } }, UpdateExpression: 'REMOVE x' } },
        { Delete: { TableName: TABLE, Key: { id: { S: '7' } } } },
        { ConditionCheck: { TableName: TABLE, Key: { id: { S: '8' } }, ConditionExpression: 'attribute_not_exists(id)' } },
      ],
    },
    [
      ['dynamodb:PutItem', ARN, leading('4', '5')],
      ['dynamodb:UpdateItem', ARN, leading('6')],
      ['dynamodb:DeleteItem', ARN, leading('7')],
      ['dynamodb:ConditionCheckItem', ARN, leading('8')],
    ],
  ],
  ['DescribeTable', { TableName: TABLE }, [['dynamodb:DescribeTable', ARN]]],
  ['ListTables', {}, [['dynamodb:ListTables', '*']]],
  ['UpdateTable', { TableName: TABLE, DeletionProtectionEnabled: false }, [['dynamodb:UpdateTable', ARN]]],
  ['DescribeTimeToLive', { TableName: TABLE }, [['dynamodb:DescribeTimeToLive', ARN]]],
  ['DescribeContinuousBackups', { TableName: TABLE }, [['dynamodb:DescribeContinuousBackups', ARN]]],
  ['ListTagsOfResource', { ResourceArn: ARN }, [['dynamodb:ListTagsOfResource', ARN]]],
  ['ListStreams', {}, [['dynamodb:ListStreams', '*']]],
  ['DescribeStream', { StreamArn: STREAM }, [['dynamodb:DescribeStream', STREAM]]],
  ['GetRecords', { ShardIterator: `${STREAM}|1|${Buffer.from('["",0]').toString('base64')}` }, [['dynamodb:GetRecords', STREAM]]],
];

let server: DynamodbServer;
let asked: unknown[][];
let refuse: boolean;

beforeEach(async () => {
  asked = [];
  refuse = false;
  server = await startDynamodb({
    resources: [notesTable()],
    authorize(...grant) {
      asked.push(grant.filter((part) => part !== undefined));
      if (refuse) throw new AwsError('AccessDeniedException', `not authorized to perform: ${grant[0]}`);
    },
  });
});
afterEach(() => server.close());

describe('dynamodb authorization', () => {
  it.each(GRANTS)('asks for %s as AWS does, before anything happens', async (operation, input, grants) => {
    refuse = true;
    const answer = await call(server.url, operation, input);
    expect(answer).toMatchObject({ status: 400, body: { __type: 'AccessDeniedException' } });
    expect(asked).toEqual([grants[0]]);
    expect(await server.service.dump()).toEqual({ notes: [] });
    refuse = false;
    asked = [];
    await call(server.url, operation, input);
    expect(asked).toEqual(grants);
  });

  it('does not tell a stranger whether a table is there', async () => {
    refuse = true;
    expect(await call(server.url, 'GetItem', { TableName: 'missing', Key })).toMatchObject({ body: { __type: 'AccessDeniedException' } });
  });
});
