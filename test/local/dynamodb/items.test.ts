import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AwsRequest } from '../../../local/services/service.ts';
import { call } from '../../conformance/dynamodb/probe.ts';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

let server: DynamodbServer;

beforeEach(async () => {
  server = await startDynamodb({ resources: [notesTable()] });
});
afterEach(() => server.close());

const request = (operation: string, input: object): AwsRequest => ({
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.from(JSON.stringify(input)),
  operation,
  principal: undefined,
  authorize: () => {},
});

describe('dynamodb items', () => {
  it.each(['', '[]', 'null', '"x"', '{', '1'])('refuses the body %j', async (body) => {
    expect(await call(server.url, 'GetItem', body)).toMatchObject({
      status: 400,
      body: { __type: 'com.amazon.coral.service#SerializationException' },
    });
  });

  it('gives SDK errors their names and the item that failed a condition', async () => {
    await server.client.send(new PutItemCommand({ TableName: TABLE, Item: note('1') }));
    const put = new PutItemCommand({
      TableName: TABLE,
      Item: note('1', 'bob'),
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(server.client.send(put)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: note('1'),
      message: 'The conditional request failed',
    });
    await expect(server.client.send(new GetItemCommand({ TableName: 'none', Key: { id: { S: '1' } } }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('keeps attributes with the names of prototype members, and changes no prototype', async () => {
    const odd = {
      id: { S: '1' },
      constructor: { S: 'c' },
      toString: { N: '1' },
      m: { M: { hasOwnProperty: { S: 'h' }, __proto__x: { S: 'x' } } },
    };
    await call(server.url, 'PutItem', { TableName: TABLE, Item: odd });
    expect((await call(server.url, 'GetItem', { TableName: TABLE, Key: { id: { S: '1' } } })).body).toEqual({ Item: odd });
    const raw = `{"TableName":"notes","Item":{"id":{"S":"2"},"__proto__":{"S":"p"},"m":{"M":{"__proto__":{"BOOL":true}}}}}`;
    expect((await call(server.url, 'PutItem', raw)).status).toBe(200);
    const { body } = await server.service.handle(request('GetItem', { TableName: TABLE, Key: { id: { S: '2' } } }));
    expect(String(body)).toContain('"__proto__":{"S":"p"}');
    expect(String(body)).toContain('{"M":{"__proto__":{"BOOL":true}}}');
    expect(({} as Record<string, unknown>)['S']).toBeUndefined();
  });

  it('serves the document client', async () => {
    const client = DynamoDBDocumentClient.from(server.client);
    const item = { id: '1', tags: new Set(['a', 'b']), bytes: new Uint8Array([1, 2]), nested: { list: [1, 'x', null, true] } };
    await client.send(new PutCommand({ TableName: TABLE, Item: item }));
    expect((await client.send(new GetCommand({ TableName: TABLE, Key: { id: '1' } }))).Item).toEqual(item);
  });

  it('takes the ARN of a table for its name', async () => {
    const TableName = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes';
    await server.client.send(new PutItemCommand({ TableName, Item: note('1') }));
    expect((await server.client.send(new GetItemCommand({ TableName, Key: { id: { S: '1' } } }))).Item).toEqual(note('1'));
  });

  it('tells the units of each request, also when the caller does not ask', async () => {
    const units = async (operation: string, input: object) =>
      (await server.service.handle(request(operation, { TableName: TABLE, ...input }))).units;
    expect(await units('PutItem', { Item: note('1') })).toEqual({ read: 0, write: 2 });
    expect(await units('GetItem', { Key: { id: { S: '1' } } })).toEqual({ read: 0.5, write: 0 });
    expect(await units('GetItem', { Key: { id: { S: '1' } }, ConsistentRead: true })).toEqual({ read: 1, write: 0 });
    expect(await units('Scan', {})).toEqual({ read: 0.5, write: 0 });
    const transaction = { TransactItems: [{ Put: { TableName: TABLE, Item: note('2') } }], TableName: undefined };
    expect(await units('TransactWriteItems', transaction)).toEqual({ read: 0, write: 4 });
  });

  it('leaves the old item alone when an update is refused', async () => {
    await server.client.send(new PutItemCommand({ TableName: TABLE, Item: note('1', 'ann', 1, { text: { S: 'x'.repeat(390_000) } }) }));
    const before = await server.service.dump();
    const grow = new UpdateItemCommand({
      TableName: TABLE,
      Key: { id: { S: '1' } },
      UpdateExpression: 'SET more = :more, at = :at',
      ExpressionAttributeValues: { ':more': { S: 'x'.repeat(20_000) }, ':at': { N: '9' } },
    });
    await expect(server.client.send(grow)).rejects.toThrow(/maximum allowed size|reserved/);
    expect(await server.service.dump()).toEqual(before);
  });
});
