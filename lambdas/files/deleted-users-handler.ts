import { files } from '@compiled/files';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { filesTable, type StoredFile } from '../../contracts/files-table.ts';
import { deletedUsersHandler, type Forgetting } from '../runtime/deleted-users.ts';
import { resumeDeletedUser } from '../runtime/deleted-users-client.ts';
import { forgetUsage } from './file-writes.ts';
import { commit, queryFiles } from './files-store.ts';
import { filesPerTransaction, removeTogether } from './remove-files.ts';

/** Where a run has ended: a folder, and the last file of it that is done. */
type Position = readonly [folder: string, after: string | undefined];

const folders = Object.values(files.folders);

/** What is still on its way will not be asked for by anybody. */
const isOver = ({ onUserDelete }: CompiledFolder, { status }: StoredFile): boolean => onUserDelete === 'delete' || status === 'pending';

/** @returns the last file that is done, when there was no time for all */
const forgetFolder = async (
  folder: CompiledFolder,
  { userId, hasTime }: Pick<Forgetting, 'userId' | 'hasTime'>,
  from: string | undefined,
): Promise<string | undefined> => {
  const place = { index: filesTable.byOwner, partition: `${folder.name}#${userId}`, descending: false, equal: {} };
  let after = from;
  do {
    if (after !== undefined && !hasTime()) return after;
    const page = await queryFiles({ ...place, limit: filesPerTransaction, after, nowSeconds: Math.floor(Date.now() / 1_000) });
    await removeTogether(
      userId,
      page.files.filter((file) => isOver(folder, file)),
    );
    after = page.last;
  } while (after !== undefined);
  return undefined;
};

const forget = async ({ userId, hasTime, from }: Forgetting): Promise<string | undefined> => {
  const [first, after] = from === undefined ? [] : (JSON.parse(from) as Position);
  const begin = Math.max(
    0,
    folders.findIndex(({ name }) => name === first),
  );
  for (const folder of folders.slice(begin)) {
    const last = await forgetFolder(folder, { userId, hasTime }, folder.name === first ? after : undefined);
    if (last !== undefined) return JSON.stringify([folder.name, last] satisfies Position);
  }
  // What the user keeps of files that stay is needed, so that it is right when somebody deletes them.
  await commit([forgetUsage(userId)]);
  return undefined;
};

/** The function behind the queue of deleted users: their uploads end, and their files where the folder says so. */
export const handler = deletedUsersHandler(forget, resumeDeletedUser);
