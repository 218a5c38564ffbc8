import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { knownGroups } from './known-groups.ts';
import { readBody } from './read-body.ts';
import { addToGroup, createInvitedUser } from './users-store.ts';

export const inviteUser: UserAction = async (request) => {
  const { email, name, groups: named = [] } = readBody('inviteUser', request);
  const groups = knownGroups(named);
  const user = await createInvitedUser(email, name);
  for (const group of groups) await addToGroup(user.id, group);
  const body: AuthReply<'inviteUser'> = { ...user, groups: [...groups], mfaEnabled: false };
  return { body, headers: { location: `/admin/users/${user.id}` } };
};
