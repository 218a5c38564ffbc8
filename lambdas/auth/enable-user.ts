import type { UserAction } from '../runtime/request.ts';
import { userOfPath } from './user-of-path.ts';
import { enable } from './users-store.ts';

export const enableUser: UserAction = async (request) => {
  await enable(userOfPath(request));
  return {};
};
