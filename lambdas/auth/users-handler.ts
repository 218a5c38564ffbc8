import { userRoutes } from '../../contracts/auth.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { deleteUser } from './delete-user.ts';
import { disableUser } from './disable-user.ts';
import { enableUser } from './enable-user.ts';
import { inviteUser } from './invite-user.ts';
import { listUsers } from './list-users.ts';
import { readUser } from './read-user.ts';
import { setUserGroups } from './set-user-groups.ts';
import { signOutUser } from './sign-out-user.ts';

/** The function behind `/admin/users`. */
export const handler = defineHandler(userRoutes, {
  listUsers,
  inviteUser,
  readUser,
  disableUser,
  enableUser,
  setUserGroups,
  signOutUser,
  deleteUser,
});
