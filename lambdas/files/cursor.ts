import { randomBytes } from 'node:crypto';
import { filesTable } from '../../contracts/files-table.ts';
import { createCursorSeal, cursorKeyBytes, cursorKeyId } from '../runtime/sealed-cursor.ts';
import { commit, readItem, table } from './files-store.ts';

/** Takes the key that seals cursors from the table of files; the first function to need one makes it. */
const loadKey = async (): Promise<Buffer> => {
  const stored = await readItem(cursorKeyId, true);
  if (stored !== undefined) return Buffer.from(String(stored['key']), 'base64');
  const made = randomBytes(cursorKeyBytes);
  const outcome = await commit([
    {
      Put: {
        TableName: table,
        Item: { [filesTable.partitionKey]: cursorKeyId, key: made.toString('base64') },
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': filesTable.partitionKey },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]);
  return outcome.ok ? made : Buffer.from(String(outcome.failed[0]?.item?.['key']), 'base64');
};

const cursors = createCursorSeal(loadKey);

/** Where a list of files goes on: after this file. */
export const sealCursor = (binding: string, fileId: string): Promise<string> => cursors.seal(binding, fileId);

/** @throws ApiError `invalid_cursor` */
export const openCursor = async (binding: string, cursor: string): Promise<string> => (await cursors.open(binding, cursor)) as string;
