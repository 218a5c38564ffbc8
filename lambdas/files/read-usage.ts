import { files } from '@compiled/files';
import type { FilesUsage } from '../../contracts/files.ts';
import { type StoredUsage, usagePrefix } from '../../contracts/files-table.ts';
import type { UserAction } from '../runtime/request.ts';
import { readItem } from './files-store.ts';

/** GET: how much the caller keeps. */
export const readUsage: UserAction = async ({ caller }) => {
  const usage = (await readItem(`${usagePrefix}${caller.id}`, true)) as StoredUsage | undefined;
  const body: FilesUsage = { usedBytes: usage?.usedBytes ?? 0, quotaBytes: files.quotaBytes };
  return { body };
};
