import {
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

let server: DynamodbServer;

beforeEach(async () => {
  server = await startDynamodb({ resources: [notesTable()] });
});
afterEach(() => server.close());

const key = (id: string) => ({ id: { S: id } });
const transact = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  server.client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken, ReturnConsumedCapacity: 'TOTAL' }));
const add = (id: string, by: number, condition?: string): TransactWriteItem => ({
  Update: {
    TableName: TABLE,
    Key: key(id),
    UpdateExpression: 'ADD amount :by',
    ExpressionAttributeValues: { ':by': { N: String(by) }, ...(condition && { ':zero': { N: '0' } }) },
    ...(condition && { ConditionExpression: condition }),
  },
});
const amount = async (id: string) =>
  Number((await server.client.send(new GetItemCommand({ TableName: TABLE, Key: key(id) }))).Item?.['amount']?.N ?? 0);

describe('dynamodb transactions', () => {
  it('writes nothing of a cancelled transaction: no item, no index entry, no stream record', async () => {
    const { Table } = { Table: server.service };
    const records: unknown[] = [];
    Table.followStream(
      'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000',
      { from: 'TRIM_HORIZON' },
      (batch) => {
        records.push(...batch);
      },
    );
    const check = { ConditionCheck: { TableName: TABLE, Key: key('none'), ConditionExpression: 'attribute_exists(id)' } };
    await expect(transact([{ Put: { TableName: TABLE, Item: note('1') } }, check])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' }],
    });
    expect(await server.service.dump()).toEqual({ notes: [] });
    const scan = await server.client.send(new ScanCommand({ TableName: TABLE, IndexName: 'byOwner' }));
    expect(scan.Count).toBe(0);
    expect(records).toEqual([]);
  });

  it('keeps the sum over transfers that run at the same time, in any order of items', async () => {
    const accounts = ['a', 'b', 'c', 'd'];
    for (const id of accounts) await transact([add(id, 100)]);
    const transfers = Array.from({ length: 200 }, (_, n) => {
      const from = accounts[n % 4] as string;
      const to = accounts[(n * 7 + 1 + (n % 3)) % 4] as string;
      return from === to ? undefined : transact([add(from, -10, 'amount > :zero'), add(to, 10)]).catch(() => undefined);
    });
    await Promise.all(transfers);
    const amounts = await Promise.all(accounts.map(amount));
    expect(amounts.reduce((sum, value) => sum + value, 0)).toBe(400);
    expect(Math.min(...amounts)).toBeGreaterThanOrEqual(0);
  });

  it('never shows half a transaction to a transactional read', async () => {
    const write = async (n: number) => transact(['a', 'b'].map((id) => ({ Put: { TableName: TABLE, Item: note(id, 'ann', n) } })));
    await write(0);
    let writing = true;
    const writes = (async () => {
      for (let n = 1; n <= 100; n += 1) await write(n);
      writing = false;
    })();
    while (writing) {
      const { Responses = [] } = await server.client.send(
        new TransactGetItemsCommand({ TransactItems: ['a', 'b'].map((id) => ({ Get: { TableName: TABLE, Key: key(id) } })) }),
      );
      expect(Responses[0]?.Item?.['at']).toEqual(Responses[1]?.Item?.['at']);
    }
    await writes;
  });

  it('lets exactly one of many conditional puts win', async () => {
    const puts = Array.from({ length: 50 }, (_, n) =>
      server.client
        .send(new PutItemCommand({ TableName: TABLE, Item: note('unique', `owner ${n}`), ConditionExpression: 'attribute_not_exists(id)' }))
        .then(
          () => 1,
          () => 0,
        ),
    );
    const wins: number[] = await Promise.all(puts);
    expect(wins.reduce((sum, win) => sum + win, 0)).toBe(1);
  });

  it('loses no increment of many at the same time', async () => {
    const increment = new UpdateItemCommand({
      TableName: TABLE,
      Key: key('counter'),
      UpdateExpression: 'ADD amount :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    await Promise.all(Array.from({ length: 200 }, () => server.client.send(increment)));
    expect(await amount('counter')).toBe(200);
  });

  it('takes a repeated token for the same transaction for ten minutes', async () => {
    await transact([add('a', 1)], 'token');
    server.clock.advance(9 * 60_000);
    const replay = await transact([add('a', 1)], 'token');
    expect(await amount('a')).toBe(1);
    expect(replay.ConsumedCapacity?.[0]).toMatchObject({ CapacityUnits: 2, ReadCapacityUnits: 2 });
    await expect(transact([add('a', 2)], 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    server.clock.advance(61_000);
    await transact([add('a', 1)], 'token');
    expect(await amount('a')).toBe(2);
  });

  it('does a transaction once when the same token comes twice at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => transact([add('a', 1)], 'token')));
    expect(await amount('a')).toBe(1);
  });
});
