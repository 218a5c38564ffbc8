import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { BackendEvent, OutboxItem, RecordChange } from '../../contracts/events.ts';
import { database } from '../../lambdas/runtime/database-client.ts';
import { handleOnce } from '../../lambdas/runtime/handled-events.ts';

type NoteChange = BackendEvent<string, RecordChange<{ readonly title: string }>>;

const table = process.env['EFFECTS_TABLE_NAME'];
/** One of so many runs ends in the middle of its work, as on a crash. */
const crashOneIn = Number(process.env['CRASH_ONE_IN']);

const isMended = async (): Promise<boolean> =>
  (await database.send(new GetCommand({ TableName: table, Key: { id: 'mended' } }))).Item !== undefined;

/** The effect is an item of an outbox, too: what it tells is written with it. */
const effectOf = ({ id: cause, depth, data }: NoteChange) => {
  const told: OutboxItem['event'] = { type: 'effect.counted', cause, depth: depth + 1, data: { note: data.new } };
  return {
    Update: {
      TableName: table,
      Key: { id: `${data.id}#${data.version}` },
      UpdateExpression: 'SET #event = :event ADD #n :one',
      ExpressionAttributeNames: { '#n': 'effects', '#event': 'event' },
      ExpressionAttributeValues: { ':one': 1, ':event': told },
    },
  };
};

/** Counts an effect; it fails at what is poison until the mistake is mended. */
const handleEvent = async (event: NoteChange): Promise<'done' | 'busy'> =>
  handleOnce({ consumer: 'ledger', eventId: event.id, leaseSeconds: 15 }, async (mark) => {
    if (event.data.new?.title === 'poison' && !(await isMended())) throw new Error('poison');
    if (crashOneIn > 0 && Math.random() < 1 / crashOneIn) process.exit(1);
    await database.send(new TransactWriteCommand({ TransactItems: [effectOf(event), mark()] }));
  });

const handle = async ({ body }: SQSRecord): Promise<boolean> => {
  try {
    return (await handleEvent((JSON.parse(body) as { readonly detail: NoteChange }).detail)) === 'done';
  } catch {
    return false;
  }
};

/** A consumer whose effects can be counted. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const outcomes = await Promise.all(Records.map(async (record) => ({ record, isDone: await handle(record) })));
  return { batchItemFailures: outcomes.filter(({ isDone }) => !isDone).map(({ record }) => ({ itemIdentifier: record.messageId })) };
};
