import type { UserAction } from '../runtime/request.ts';
import { forgetRecoveryCodes } from './recovery-store.ts';
import { otherUserOfPath } from './user-of-path.ts';
import { remove } from './users-store.ts';

export const deleteUser: UserAction = async (request) => {
  const id = otherUserOfPath(request);
  await remove(id);
  await forgetRecoveryCodes(id);
  return {};
};
