import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type StoredFile, type StoredReminder, usagePrefix } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const table = requiredVariable(variables.filesTable);
/** A stream keeps its records for a day; no record comes later. */
const markerSeconds = 2 * 86_400;
/** The prefix of the ids of markers, before what was done. */
const markerPrefix = 'M#';

/** An item as a stream has it. */
export type StreamImage = Readonly<Record<string, unknown>>;

/** An item of a stream's record as we write it. */
export const toItem = <T>(image: StreamImage | undefined): T | undefined =>
  image === undefined ? undefined : (unmarshall(image as Record<string, AttributeValue>) as T);

/** A file by its id. */
export const readFile = async (id: string): Promise<StoredFile | undefined> => {
  const { Item } = await withDeadline((options) =>
    database.send(new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true }), options),
  );
  return Item as StoredFile | undefined;
};

const freeBytes = (owner: string, bytes: number) => ({
  Update: {
    TableName: table,
    Key: { id: `${usagePrefix}${owner}` },
    UpdateExpression: 'ADD usedBytes :bytes',
    ExpressionAttributeValues: { ':bytes': -bytes },
  },
});

/** Takes the bytes of a file that went by itself out of its owner's usage, once. */
export const releaseOnce = async ({ id, owner }: StoredFile, bytes: number): Promise<void> => {
  const marker = {
    Put: {
      TableName: table,
      Item: { id: `${markerPrefix}${id}`, expiresAt: Math.floor(Date.now() / 1_000) + markerSeconds },
      ConditionExpression: 'attribute_not_exists(id)',
    },
  };
  await sendWrite((options) => database.send(new TransactWriteCommand({ TransactItems: [marker, freeBytes(owner, bytes)] }), options));
};

/** Takes an upload whose time is over out of its file, and its bytes out of the owner's usage. */
export const giveUpUpload = async (file: StoredFile, { key }: StoredReminder): Promise<void> => {
  const { upload, id, owner } = file;
  if (upload?.key !== key) return;
  const row = {
    Update: {
      TableName: table,
      Key: { id },
      UpdateExpression: 'SET #v = #v + :one, updatedAt = :now REMOVE #u',
      ConditionExpression: '#u.#k = :key',
      ExpressionAttributeNames: { '#u': 'upload', '#k': 'key', '#v': 'version' },
      ExpressionAttributeValues: { ':key': key, ':one': 1, ':now': new Date().toISOString() },
    },
  };
  await sendWrite((options) =>
    database.send(new TransactWriteCommand({ TransactItems: [row, freeBytes(owner, upload.sizeBytes)] }), options),
  );
};
