import { files } from '@compiled/files';
import { ApiError } from '../../contracts/errors.ts';
import { countUsage } from './file-writes.ts';
import type { Item, Write } from './files-store.ts';

const { quotaBytes } = files;

const exceeded = (usedBytes: number | undefined, bytes: number): ApiError => {
  const used = usedBytes === undefined ? '' : ` ${usedBytes} bytes are used.`;
  return new ApiError(
    'quota_exceeded',
    `A user may keep ${quotaBytes} bytes.${used} This needs ${bytes} more. Delete files, or send fewer bytes.`,
  );
};

/**
 * Refuses what the quota never has room for, before anything is begun.
 *
 * @throws ApiError `quota_exceeded`
 */
export const assertEverFits = (bytes: number): void => {
  if (bytes > quotaBytes) throw exceeded(undefined, bytes);
};

/**
 * The write that counts bytes in a user's usage, if the quota has room for them; negative ones are given back.
 *
 * @throws ApiError `quota_exceeded` for what the quota never has room for
 */
export const usageWrites = (owner: string, bytes: number): readonly Write[] => {
  if (bytes === 0) return [];
  if (bytes < 0) return [countUsage(owner, bytes)];
  assertEverFits(bytes);
  return [countUsage(owner, bytes, quotaBytes - bytes)];
};

/** The refusal of bytes that the quota has no room for. */
export const quotaExceeded = (usage: Item | undefined, bytes: number): ApiError => {
  const used = usage?.['usedBytes'];
  return exceeded(typeof used === 'number' ? used : undefined, bytes);
};
