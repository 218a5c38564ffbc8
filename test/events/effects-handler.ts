import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { BackendEvent, RecordChange } from '../../contracts/events.ts';
import { database } from '../../lambdas/runtime/database-client.ts';
import { eachRecord } from '../../lambdas/runtime/each-record.ts';
import { handleOnce } from '../../lambdas/runtime/handled-events.ts';

/** What the title of a record asks the function to do. */
interface Wishes {
  readonly title?: string;
}

const table = process.env['EFFECTS_TABLE_NAME'];

/** Keeps the newest title of a record: what is older than what is kept changes nothing. */
const keepNewest = async ({ id, version, new: record }: RecordChange<Wishes>): Promise<void> => {
  const update = new UpdateCommand({
    TableName: table,
    Key: { id: `newest ${id}` },
    UpdateExpression: 'SET #v = :v, #t = :t',
    ConditionExpression: 'attribute_not_exists(#v) OR #v < :v',
    ExpressionAttributeNames: { '#v': 'version', '#t': 'title' },
    ExpressionAttributeValues: { ':v': version, ':t': record?.title ?? '' },
  });
  await database.send(update).catch((error: Error) => {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
  });
};

/** Whether the mistake of the function is mended. */
const isMended = async (): Promise<boolean> =>
  (await database.send(new GetCommand({ TableName: table, Key: { id: 'mended' } }))).Item !== undefined;

/** Adds one to the effects of an event, so that a second effect shows, and keeps what the record is now. */
const effect = async ({ id, data }: BackendEvent<string, RecordChange<Wishes>>): Promise<void> => {
  const title = data.new?.title ?? '';
  if (title.startsWith('fail') && !(await isMended())) throw new Error('the title asks for it');
  await database.send(
    new UpdateCommand({
      TableName: table,
      Key: { id },
      UpdateExpression: 'ADD #n :one SET #v = :v',
      ExpressionAttributeNames: { '#n': 'effects', '#v': 'version' },
      ExpressionAttributeValues: { ':one': 1, ':v': data.version },
    }),
  );
  await keepNewest(data);
  if (title.startsWith('crash')) process.exit(1);
};

const handle = async ({ body }: SQSRecord): Promise<boolean> => {
  const event = (JSON.parse(body) as { readonly detail: BackendEvent<string, RecordChange<Wishes>> }).detail;
  try {
    return (await handleOnce({ consumer: 'effects', eventId: event.id, leaseSeconds: 15 }, () => effect(event))) === 'done';
  } catch {
    return false;
  }
};

/** A consumer of events: one effect an event. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => eachRecord(event, handle);
