import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from '../../../local/services/dynamodb/dynamodb.ts';
import { Database } from '../../../local/services/dynamodb/storage/database.ts';
import type { TemplateResource } from '../../../local/services/service.ts';
import { ACCOUNT, type DynamodbServer, startDynamodb, tableResource } from './dynamodb-server.ts';
import { BY_OWNER, definitions, note, notesTable, TABLE } from './notes-table.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function withServer<T>(resources: readonly TemplateResource[], work: (server: DynamodbServer) => Promise<T>): Promise<T> {
  const server = await startDynamodb({ folder, resources });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

const putNotes = (count: number) =>
  withServer([notesTable({ GlobalSecondaryIndexes: undefined, AttributeDefinitions: definitions({ id: 'S' }) })], async ({ client }) => {
    for (let n = 0; n < count; n += 1)
      await client.send(new PutItemCommand({ TableName: TABLE, Item: note(`n${n}`, `owner ${n % 2}`, n) }));
  });

function idsByOwner({ client }: DynamodbServer, owner: string): Promise<(string | undefined)[]> {
  return client
    .send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: 'byOwner',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: owner } },
      }),
    )
    .then(({ Items = [] }) => Items.map((item) => item['id']?.S));
}

describe('dynamodb.identify', () => {
  it('takes the name of the template', () => {
    expect(dynamodb.identify(notesTable(), ACCOUNT)).toEqual({
      ref: 'notes',
      attributes: {
        Arn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes',
        StreamArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000',
      },
    });
  });

  it('derives a name that is the same at every start and differs between stacks', () => {
    const resource = tableResource('Notes', {});
    const { ref, attributes } = dynamodb.identify(resource, ACCOUNT);
    expect(ref).toMatch(/^Test-Notes-[0-9a-f]{8}$/);
    expect(dynamodb.identify(resource, ACCOUNT).ref).toBe(ref);
    expect(dynamodb.identify({ ...resource, stackName: 'Other' }, ACCOUNT).ref).not.toBe(ref);
    expect(attributes).not.toHaveProperty('StreamArn');
  });

  it('keeps names within 255 characters', () => {
    expect(dynamodb.identify(tableResource('N'.repeat(300), {}), ACCOUNT).ref).toHaveLength(255);
  });
});

describe('dynamodb.start', () => {
  it.each([
    [
      'key attribute',
      { KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }], AttributeDefinitions: definitions({ key: 'S', owner: 'S', at: 'N' }) },
    ],
    ['type of the key', { AttributeDefinitions: definitions({ id: 'N', owner: 'S', at: 'N' }) }],
    [
      'added sort key',
      {
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
      },
    ],
  ])('refuses a changed key with a way out: %s', async (_name, changes) => {
    await withServer([notesTable()], ({ client }) => client.send(new PutItemCommand({ TableName: TABLE, Item: note('1') })));
    await expect(startDynamodb({ folder, resources: [notesTable(changes)] })).rejects.toThrow(
      /table notes cannot follow the template: its key is id \(S\).*--reset/,
    );
    await withServer([notesTable()], async ({ service }) => expect(await service.dump()).toEqual({ notes: [note('1')] }));
  });

  it('refuses a new local index on a table that is there', async () => {
    const sorted = {
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    };
    await withServer([notesTable(sorted)], async () => {});
    const local = [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'owner', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ];
    await expect(startDynamodb({ folder, resources: [notesTable({ ...sorted, LocalSecondaryIndexes: local })] })).rejects.toThrow(
      /--reset/,
    );
  });

  it('refuses a folder that another store has open, by its name', async () => {
    await withServer([notesTable()], async () => {
      await expect(startDynamodb({ folder })).rejects.toThrow(`the DynamoDB data in ${folder} is in use by another process`);
    });
  });

  it('makes the tables of the template with all their settings', () =>
    withServer(
      [
        notesTable({
          DeletionProtectionEnabled: 'true',
          Tags: [{ Key: 'app', Value: 'x' }],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ],
      async ({ client }) => {
        const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
        expect(Table).toMatchObject({
          TableStatus: 'ACTIVE',
          DeletionProtectionEnabled: true,
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
          GlobalSecondaryIndexes: [{ IndexName: 'byOwner', IndexStatus: 'ACTIVE' }],
          BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        });
      },
    ));

  it('makes global tables with the settings of the replica of its region', () => {
    const { properties } = notesTable();
    const replicas = [{ Region: 'us-east-1' }, { Region: 'eu-central-1', DeletionProtectionEnabled: true }];
    const resource = { ...tableResource('Global', { ...properties, Replicas: replicas }), type: 'AWS::DynamoDB::GlobalTable' };
    return withServer([resource], async ({ client }) => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
      expect(Table).toMatchObject({ DeletionProtectionEnabled: true, TableArn: dynamodb.identify(resource, ACCOUNT).attributes['Arn'] });
    });
  });

  it('keeps data and the stream over restarts', async () => {
    await withServer([notesTable()], ({ client }) => client.send(new PutItemCommand({ TableName: TABLE, Item: note('1') })));
    await withServer([notesTable()], async ({ client, service }) => {
      expect(await service.dump()).toEqual({ notes: [note('1')] });
      const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: '1' } } }));
      expect(Item).toEqual(note('1'));
    });
  });

  it('keeps the table of a resource that is gone', async () => {
    await withServer([notesTable()], ({ client }) => client.send(new PutItemCommand({ TableName: TABLE, Item: note('1') })));
    await withServer([], async ({ client }) => {
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([TABLE]);
    });
  });

  it('fills an index that the template adds, and leaves the items as they are', async () => {
    await putNotes(600);
    await withServer([notesTable()], async (server) => {
      expect(await idsByOwner(server, 'owner 1')).toHaveLength(300);
      expect((await server.service.dump())['notes']).toHaveLength(600);
      const { Table } = await server.client.send(new DescribeTableCommand({ TableName: TABLE }));
      expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({ ItemCount: 600, IndexStatus: 'ACTIVE' });
    });
  });

  it('drops an index that the template drops, and fills it anew when it comes back', async () => {
    await putNotes(4);
    await withServer([notesTable()], async () => {});
    await withServer([notesTable({ GlobalSecondaryIndexes: [], AttributeDefinitions: definitions({ id: 'S' }) })], async (server) => {
      await expect(idsByOwner(server, 'owner 1')).rejects.toThrow('The table does not have the specified index: byOwner');
    });
    await withServer([notesTable()], async (server) => expect(await idsByOwner(server, 'owner 1')).toEqual(['n1', 'n3']));
  });

  it('rebuilds an index whose key changes under its name', async () => {
    await putNotes(4);
    await withServer([notesTable()], async () => {});
    const byId = {
      ...BY_OWNER,
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
    };
    const changed = notesTable({ GlobalSecondaryIndexes: [byId], AttributeDefinitions: definitions({ id: 'S', owner: 'S' }) });
    await withServer([changed], async (server) => expect(await idsByOwner(server, 'owner 0')).toEqual(['n0', 'n2']));
  });

  it('goes on with an index that a crash left in creation', async () => {
    await putNotes(4);
    await withServer([notesTable()], async () => {});
    const database = await Database.open(folder);
    type Stored = { id: string; indexes: { id: string; status: string }[] };
    const stored = database.get<Stored>('d!notes') as Stored;
    const [index] = stored.indexes as [Stored['indexes'][number]];
    await database.clear({ gte: `x!${stored.id}!${index.id}!`, lt: `x!${stored.id}!${index.id}!~` });
    await database.commit({
      operations: [{ type: 'put', key: 'd!notes', value: { ...stored, indexes: [{ ...index, status: 'CREATING' }] } }],
      increments: [],
    });
    await database.close();
    await withServer([notesTable()], async (server) => expect(await idsByOwner(server, 'owner 1')).toEqual(['n1', 'n3']));
  });
});
