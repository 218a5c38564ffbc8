import type { UserAction } from '../runtime/request.ts';
import { deleteAndTell, tellsDeletions } from './deletions-client.ts';
import { forgetRecoveryCodes } from './recovery-store.ts';
import { otherUserOfPath } from './user-of-path.ts';
import { readUserRecord, remove } from './users-store.ts';

export const deleteUser: UserAction = async (request) => {
  const id = otherUserOfPath(request);
  // Nothing is told of an account that there never was.
  if (tellsDeletions) await readUserRecord(id);
  await deleteAndTell({ userId: id, username: id, actor: request.caller.id }, () => remove(id));
  await forgetRecoveryCodes(id);
  return {};
};
