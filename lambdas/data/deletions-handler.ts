import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { constraintsTable, deletionPrefix } from '../../contracts/key-encoding.ts';
import { commit } from './data-store.ts';
import { finishDeletion } from './finish-deletion.ts';
import { deletionKey } from './record-effects.ts';
import { constraintsTableName } from './write-context.ts';

/** The last write must still be able to end. */
const reserveMs = 5_000;

/** Puts what is left of a delete to the end of the stream, so that it holds up no other. */
const putOff = async (model: string, id: string): Promise<void> => {
  await commit([
    {
      kind: 'update',
      table: constraintsTableName,
      key: deletionKey(model, id),
      expression: 'ADD #t :o',
      condition: 'attribute_exists(#k)',
      parameters: {
        ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#t': 'turns' },
        ExpressionAttributeValues: { ':o': 1 },
      },
    },
  ]);
};

/**
 * The function behind the stream of the table of constraints: finishes what the request that deleted a record has left to do,
 * because there was too much of it or because it was stopped. The stream has a record of each delete from the moment that the
 * delete is done.
 */
export const handler = async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
  const failed: string[] = [];
  for (const { dynamodb } of event.Records) {
    const key = dynamodb?.Keys?.[constraintsTable.partitionKey]?.S ?? '';
    if (!key.startsWith(deletionPrefix)) continue;
    const [model = '', id = ''] = key.slice(deletionPrefix.length).split('#');
    const budget = { records: Number.POSITIVE_INFINITY, hasTime: () => context.getRemainingTimeInMillis() > reserveMs };
    try {
      if (!(await finishDeletion({ model, id }, budget))) await putOff(model, id);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      const line = { level: 'ERROR', message: 'a delete is not finished, and will be tried again', model, id, error: name };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      failed.push(dynamodb?.SequenceNumber ?? '');
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
