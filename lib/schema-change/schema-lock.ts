import { existsSync, readFileSync } from 'node:fs';
import type { SchemaLock } from './backend-schema.ts';

const format = 1;
const empty: SchemaLock = { format, backends: {} };

/**
 * Reads the lock file.
 *
 * @returns an empty one if there is no file yet
 * @throws Error if the file is none of ours
 */
export const readSchemaLock = (file: string): SchemaLock => {
  if (!existsSync(file)) return empty;
  let lock: Partial<SchemaLock>;
  try {
    lock = JSON.parse(readFileSync(file, 'utf8')) as Partial<SchemaLock>;
  } catch (cause) {
    throw new Error(`${file} is not valid JSON: restore it from version control`, { cause });
  }
  if (lock.format !== format || typeof lock.backends !== 'object')
    throw new Error(
      `${file} has the format ${JSON.stringify(lock.format)}, and this version reads format ${format}: update Plinth, or restore the file`,
    );
  return { format, backends: lock.backends };
};

/** The keys in alphabetical order at every level, so that a review shows changes only. The order of lists has a meaning and stays. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
};

/** The same text for the same value. */
export const sortedJson = (value: unknown): string => JSON.stringify(sorted(value), null, 2);

/** The lock as it is written. */
export const formatSchemaLock = (lock: SchemaLock): string => `${sortedJson(lock)}\n`;
