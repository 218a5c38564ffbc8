import type { UserAction } from '../runtime/request.ts';
import { announceDeletion, tellsDeletions } from './deletions-client.ts';
import { forgetRecoveryCodes } from './recovery-store.ts';
import { otherUserOfPath } from './user-of-path.ts';
import { readUserRecord, remove } from './users-store.ts';

export const deleteUser: UserAction = async (request) => {
  const id = otherUserOfPath(request);
  if (tellsDeletions) {
    // Nothing is told of an account that there never was.
    await readUserRecord(id);
    await announceDeletion({ userId: id, username: id, actor: request.caller.id });
  }
  await remove(id);
  await forgetRecoveryCodes(id);
  return {};
};
