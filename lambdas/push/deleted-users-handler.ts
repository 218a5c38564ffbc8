import { deletedUsersHandler } from '../runtime/deleted-users.ts';
import { forgetUser } from './forget-user.ts';

/** The function behind the queue of deleted users: their devices get nothing any more. */
export const handler = deletedUsersHandler(async ({ userId }) => {
  await forgetUser(userId);
  return undefined;
});
