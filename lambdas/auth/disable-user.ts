import type { UserAction } from '../runtime/request.ts';
import { otherUserOfPath } from './user-of-path.ts';
import { disable, signOut } from './users-store.ts';

export const disableUser: UserAction = async (request) => {
  const id = otherUserOfPath(request);
  await disable(id);
  // Disabling alone would let the old sessions live again once the account is enabled.
  await signOut(id);
  return {};
};
