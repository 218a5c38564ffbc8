import { GetCommand, TransactWriteCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { fileLimits, type RefusalReason } from '../../contracts/files.ts';
import { countedBytes, reminderPrefix, type StoredFile, type StoredUpload, usagePrefix } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const table = requiredVariable(variables.filesTable);
/** How long a refused file can be seen. */
const refusedSeconds = 86_400;

/** A file whose bytes are on their way. */
export type Awaited = StoredFile & { readonly upload: StoredUpload };

type Update = Pick<UpdateCommandInput, 'Key' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> & {
  readonly UpdateExpression: string;
};

const readItem = async (id: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { Item } = await withDeadline((options) =>
    database.send(new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true }), options),
  );
  return Item;
};

/** A file by its id. */
export const readFile = async (id: string): Promise<StoredFile | undefined> => (await readItem(id)) as StoredFile | undefined;

/** Whether a file is about to move to this key. */
export const isExpected = async (key: string): Promise<boolean> => (await readItem(`${reminderPrefix}${key}`)) !== undefined;

const addToUsage = (owner: string, bytes: number): Update => ({
  Key: { id: `${usagePrefix}${owner}` },
  UpdateExpression: 'ADD usedBytes :bytes',
  ExpressionAttributeValues: { ':bytes': bytes },
});

/** @returns false if the file has changed since: it was deleted, or the event came a second time */
const commit = async (row: Update, owner: string, freedBytes: number): Promise<boolean> => {
  const send = async (options: { readonly abortSignal: AbortSignal }): Promise<void> => {
    if (freedBytes === 0) await database.send(new UpdateCommand({ TableName: table, ...row }), options);
    else {
      const updates = [row, addToUsage(owner, -freedBytes)];
      const items = updates.map((update) => ({ Update: { TableName: table, ...update } }));
      await database.send(new TransactWriteCommand({ TransactItems: items }), options);
    }
  };
  return (await sendWrite(send)).ok;
};

/** The upload must be the one that was looked at, and a replaced file still count as much as it did. */
const unchanged = (
  file: Awaited,
): Pick<Required<Update>, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> => ({
  ConditionExpression: `#u.#k = :upload AND ${file.key === undefined ? 'attribute_not_exists(#k)' : '#k = :key'}`,
  ExpressionAttributeNames: { '#u': 'upload', '#k': 'key', '#s': 'status', '#v': 'version', '#r': 'reason', '#x': 'expiresAt' },
  ExpressionAttributeValues: {
    ':upload': file.upload.key,
    ...(file.key !== undefined && { ':key': file.key }),
    ':one': 1,
    ':now': new Date().toISOString(),
  },
});

/** The bytes are what they were said to be: from now on they are served. Those that they replace count no more. */
export const makeReady = async (file: Awaited): Promise<boolean> => {
  const { upload } = file;
  const base = unchanged(file);
  const sets = ['#s = :ready', '#k = :upload', '#t = :type', 'sizeBytes = :size', '#v = #v + :one', 'updatedAt = :now'];
  const removes = ['#u', '#x', '#r'];
  if (upload.checksumSha256 === undefined) removes.push('checksumSha256');
  else sets.push('checksumSha256 = :checksum');
  const row: Update = {
    ...base,
    Key: { id: file.id },
    UpdateExpression: `SET ${sets.join(', ')} REMOVE ${removes.join(', ')}`,
    ExpressionAttributeNames: { ...base.ExpressionAttributeNames, '#t': 'type' },
    ExpressionAttributeValues: {
      ...base.ExpressionAttributeValues,
      ':ready': 'ready',
      ':type': upload.type,
      ':size': upload.sizeBytes,
      ...(upload.checksumSha256 !== undefined && { ':checksum': upload.checksumSha256 }),
    },
  };
  return commit(row, file.owner, countedBytes(file) - upload.sizeBytes);
};

/** The bytes are not what they were said to be. A file that they would have replaced stays as it is. */
export const refuse = async (file: Awaited, reason: RefusalReason): Promise<boolean> => {
  const base = unchanged(file);
  const isNew = file.key === undefined;
  const row: Update = {
    ...base,
    Key: { id: file.id },
    UpdateExpression: `SET #r = :reason, #v = #v + :one, updatedAt = :now${isNew ? ', #s = :refused, #x = :end' : ''} REMOVE #u${isNew ? '' : ', #x'}`,
    ExpressionAttributeNames: isNew
      ? base.ExpressionAttributeNames
      : Object.fromEntries(Object.entries(base.ExpressionAttributeNames ?? {}).filter(([name]) => name !== '#s')),
    ExpressionAttributeValues: {
      ...base.ExpressionAttributeValues,
      ':reason': reason,
      ...(isNew && { ':refused': 'refused', ':end': Math.floor(Date.now() / 1_000) + refusedSeconds }),
    },
  };
  return commit(row, file.owner, file.upload.sizeBytes);
};

/**
 * The bytes that are served were overwritten by others, which are not what they were said to be: they are served no more. New ones
 * that are on their way may still come.
 *
 * @returns false if the file has changed since it was read
 */
export const takeDown = async (file: StoredFile & { readonly key: string }, reason: RefusalReason): Promise<boolean> => {
  const { upload } = file;
  const keptSeconds = upload === undefined ? refusedSeconds : fileLimits.abandonedAfterSeconds;
  const row: Update = {
    Key: { id: file.id },
    UpdateExpression: 'SET #s = :status, #r = :reason, #x = :end, #v = #v + :one, updatedAt = :now REMOVE #k',
    ConditionExpression: `#k = :key AND ${upload === undefined ? 'attribute_not_exists(#u)' : '#u.#k = :upload'}`,
    ExpressionAttributeNames: { '#u': 'upload', '#k': 'key', '#s': 'status', '#v': 'version', '#r': 'reason', '#x': 'expiresAt' },
    ExpressionAttributeValues: {
      ':key': file.key,
      ...(upload !== undefined && { ':upload': upload.key }),
      ':status': upload === undefined ? 'refused' : 'pending',
      ':reason': reason,
      ':end': Math.floor(Date.now() / 1_000) + keptSeconds,
      ':one': 1,
      ':now': new Date().toISOString(),
    },
  };
  return commit(row, file.owner, file.sizeBytes);
};
