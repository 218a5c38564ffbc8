import { randomBytes } from 'node:crypto';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { createCursorSeal, cursorKeyBytes, cursorKeyId } from '../runtime/sealed-cursor.ts';
import { commit, readItem } from './data-store.ts';
import type { Position } from './merge-streams.ts';
import { constraintsTableName as table } from './write-context.ts';

/** Takes the key that seals cursors from the constraints table; the first function to need one makes it. */
const loadKey = async (): Promise<Buffer> => {
  const stored = await readItem(table, { [constraintsTable.partitionKey]: cursorKeyId }, true);
  if (stored !== undefined) return Buffer.from(String(stored['key']), 'base64');
  const made = randomBytes(cursorKeyBytes);
  const result = await commit([
    {
      kind: 'put',
      table,
      item: { [constraintsTable.partitionKey]: cursorKeyId, key: made.toString('base64') },
      condition: 'attribute_not_exists(#k)',
      parameters: { ExpressionAttributeNames: { '#k': constraintsTable.partitionKey } },
    },
  ]);
  return result.ok ? made : Buffer.from(String(result.failed[0]?.item?.['key']), 'base64');
};

const cursors = createCursorSeal(loadKey);

/** Where the streams of a list go on. */
export const sealCursor = (binding: string, positions: readonly Position[]): Promise<string> => cursors.seal(binding, positions);

/** @throws ApiError `invalid_cursor` */
export const openCursor = async (binding: string, cursor: string): Promise<readonly Position[]> =>
  (await cursors.open(binding, cursor)) as readonly Position[];
