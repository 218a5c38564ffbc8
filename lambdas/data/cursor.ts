import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { commit, readItem } from './data-store.ts';
import type { Position } from './merge-streams.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** Changes when the meaning of positions does: older cursors are then refused. */
const format = 1;
const maxLength = 8_000;

const keyId = 'K#cursor';

/** Takes the key that seals cursors from the constraints table; the first function to need one makes it. */
const loadKey = async (table: string): Promise<Buffer> => {
  const stored = await readItem(table, { [constraintsTable.partitionKey]: keyId }, true);
  if (stored !== undefined) return Buffer.from(String(stored['key']), 'base64');
  const made = randomBytes(32);
  const result = await commit([
    {
      kind: 'put',
      table,
      item: { [constraintsTable.partitionKey]: keyId, key: made.toString('base64') },
      condition: 'attribute_not_exists(#k)',
      parameters: { ExpressionAttributeNames: { '#k': constraintsTable.partitionKey } },
    },
  ]);
  return result.ok ? made : Buffer.from(String(result.failed[0]?.item?.['key']), 'base64');
};

const keys = new Map<string, Promise<Buffer>>();

const keyFor = async (table: string): Promise<Buffer> => {
  const loading = keys.get(table) ?? loadKey(table);
  keys.set(table, loading);
  try {
    return await loading;
  } catch (error) {
    keys.delete(table);
    throw error;
  }
};

/** Where the streams of a list go on, sealed: nobody can read or make one, and it fits this list and this caller only. */
export const sealCursor = async (table: string, binding: string, positions: readonly Position[]): Promise<string> => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, await keyFor(table), iv).setAAD(Buffer.from(binding));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(positions)), cipher.final()]);
  return Buffer.concat([Buffer.of(format), iv, sealed, cipher.getAuthTag()]).toString('base64url');
};

const invalid = (cause?: unknown): ApiError =>
  new ApiError(
    'invalid_cursor',
    'The cursor is not valid for this list. Begin without one, and change nothing but limit, fields and expand between pages.',
    {
      cause,
    },
  );

/** @throws ApiError `invalid_cursor` for a cursor of another list or caller, and for anything that is none */
export const openCursor = async (table: string, binding: string, cursor: string): Promise<readonly Position[]> => {
  const bytes = Buffer.from(cursor, 'base64url');
  const isOurs = cursor.length <= maxLength && bytes.toString('base64url') === cursor && bytes[0] === format;
  if (!isOurs || bytes.length < 1 + ivBytes + tagBytes) throw invalid();
  const key = await keyFor(table);
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(binding)).setAuthTag(bytes.subarray(-tagBytes));
    const opened = Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes, -tagBytes)), decipher.final()]);
    return JSON.parse(opened.toString()) as readonly Position[];
  } catch (cause) {
    throw invalid(cause);
  }
};
