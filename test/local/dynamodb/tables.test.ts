import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { BY_OWNER, definitions, note, notesTable, TABLE } from './notes-table.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes';
let folder: string;
let server: DynamodbServer;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'dynamodb-')), 'nested', 'folder');
  server = await startDynamodb({
    folder,
    resources: [notesTable({ GlobalSecondaryIndexes: undefined, AttributeDefinitions: definitions({ id: 'S' }) })],
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function indexStatus(): Promise<string | undefined> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName: TABLE }));
  return Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus;
}

describe('dynamodb tables', () => {
  it('fills a new index while items change, and answers queries when it is there', async () => {
    for (let n = 0; n < 600; n += 1) await server.client.send(new PutItemCommand({ TableName: TABLE, Item: note(`n${n}`, 'ann', n) }));
    const create = {
      GlobalSecondaryIndexUpdates: [{ Create: BY_OWNER as never }],
      AttributeDefinitions: definitions({ id: 'S', owner: 'S', at: 'N' }) as never,
    };
    const { TableDescription } = await server.client.send(new UpdateTableCommand({ TableName: TABLE, ...create }));
    expect(TableDescription).toMatchObject({
      TableStatus: 'UPDATING',
      GlobalSecondaryIndexes: [{ IndexStatus: 'CREATING', Backfilling: true }],
    });
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        server.client.send(new PutItemCommand({ TableName: TABLE, Item: note(`n${n * 6}`, 'bob', n) })),
      ),
    );
    while ((await indexStatus()) !== 'ACTIVE') await delay(5);
    const count = async (owner: string) => {
      const values = { ':o': { S: owner } };
      const query = new QueryCommand({
        TableName: TABLE,
        IndexName: 'byOwner',
        Select: 'COUNT',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: values,
      });
      return (await server.client.send(query)).Count;
    };
    expect([await count('ann'), await count('bob')]).toEqual([500, 100]);
  });

  it('begins empty when a table is made again under its name', async () => {
    await server.client.send(new PutItemCommand({ TableName: TABLE, Item: note('1') }));
    await server.client.send(new DeleteTableCommand({ TableName: TABLE }));
    await server.client.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: definitions({ id: 'S' }) as never,
      }),
    );
    expect((await server.client.send(new ScanCommand({ TableName: TABLE }))).Items).toEqual([]);
    const { Table } = await server.client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table).toMatchObject({ ItemCount: 0, TableSizeBytes: 0 });
  });

  it('reads all items by segments, each once', async () => {
    for (let n = 0; n < 200; n += 1) await server.client.send(new PutItemCommand({ TableName: TABLE, Item: note(`n${n}`) }));
    const segments = await Promise.all(
      Array.from({ length: 7 }, (_, Segment) => server.client.send(new ScanCommand({ TableName: TABLE, Segment, TotalSegments: 7 }))),
    );
    const ids = segments.flatMap(({ Items = [] }) => Items.map((item) => item['id']?.S));
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    expect(segments.filter(({ Count }) => Count === 0)).toEqual([]);
  });

  it('keeps tags', async () => {
    await server.client.send(
      new TagResourceCommand({
        ResourceArn: ARN,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await server.client.send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys: ['a'] }));
    expect((await server.client.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))).Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });

  it('keeps the setting of backups', async () => {
    const specification = { PointInTimeRecoveryEnabled: true };
    await server.client.send(new UpdateContinuousBackupsCommand({ TableName: TABLE, PointInTimeRecoverySpecification: specification }));
    const { ContinuousBackupsDescription } = await server.client.send(new DescribeContinuousBackupsCommand({ TableName: TABLE }));
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  });
});
