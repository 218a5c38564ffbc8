import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { type BackendEvent, causeAttribute, type RecordChange, type StoredCause } from '../../contracts/events.ts';
import { database } from '../../lambdas/runtime/database-client.ts';

/** A function that changes the record whose change it handles, as one might write by mistake. */
export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  for (const { body } of Records) {
    const { id, depth, data } = (JSON.parse(body) as { readonly detail: BackendEvent<string, RecordChange> }).detail;
    const cause: StoredCause = { depth, id, write: randomUUID() };
    await database.send(
      new UpdateCommand({
        TableName: process.env['LOOP_TABLE_NAME'],
        Key: { id: data.id },
        UpdateExpression: 'SET #v = #v + :one, turns = if_not_exists(turns, :zero) + :one, #c = :cause',
        ExpressionAttributeNames: { '#v': 'version', '#c': causeAttribute },
        ExpressionAttributeValues: { ':one': 1, ':zero': 0, ':cause': cause },
      }),
    );
  }
};
