import { setTimeout as delay } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from '../../../local/services/dynamodb/dynamodb.ts';
import { ACCOUNT, startDynamodb, tableResource } from '../dynamodb/dynamodb-server.ts';
import { resource, runFunctions } from './run-functions.ts';

const table = tableResource('Notes', {
  TableName: 'notes',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
});

describe("a mapping of a local table's stream", () => {
  it('hands each change to the function, in order', async () => {
    const database = await startDynamodb({ resources: [table] });
    const run = await runFunctions(
      {
        f: {
          code: "exports.handler = async ({ Records }) => { for (const r of Records) console.log('got', r.eventName, JSON.stringify(r.dynamodb.NewImage)); };",
        },
      },
      {
        resources: [
          resource('AWS::Lambda::EventSourceMapping', 'Mapping', {
            FunctionName: 'f',
            EventSourceArn: dynamodb.identify(table, ACCOUNT).attributes['StreamArn'],
            StartingPosition: 'LATEST',
          }),
        ],
        context: { service: (name) => (name === 'dynamodb' ? database.service : undefined) },
      },
    );
    for (const n of ['1', '2'])
      await database.client.send(new PutItemCommand({ TableName: 'notes', Item: { id: { S: 'a' }, n: { N: n } } }));
    const got = (): string[] => run.lines.filter(({ line }) => line.startsWith('got')).map(({ line }) => line.slice(4));
    for (let waits = 0; got().length < 2 && waits < 3_000; waits += 1) await delay(20);
    expect(got()).toEqual(['INSERT {"id":{"S":"a"},"n":{"N":"1"}}', 'MODIFY {"id":{"S":"a"},"n":{"N":"2"}}']);
    await run.service.dispose();
    await database.close();
  });
});
