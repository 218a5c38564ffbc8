import type { UserAction } from '../runtime/request.ts';
import { userOfPath } from './user-of-path.ts';
import { signOut } from './users-store.ts';

export const signOutUser: UserAction = async (request) => {
  await signOut(userOfPath(request));
  return {};
};
