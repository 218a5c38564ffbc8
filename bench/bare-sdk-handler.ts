import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

// The reference: the least that a handler can be that reads one record with the SDK.
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));

interface Event {
  readonly pathParameters: { readonly id: string };
}

export const handler = async (event: Event) => {
  const { Item } = await documents.send(new GetCommand({ TableName: process.env['TABLE_NAME'], Key: { id: event.pathParameters.id } }));
  return { statusCode: Item === undefined ? 404 : 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(Item) };
};
