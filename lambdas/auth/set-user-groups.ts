import { auth } from '@compiled/auth';
import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { knownGroups } from './known-groups.ts';
import { readBody } from './read-body.ts';
import { otherUserOfPath, userOfPath } from './user-of-path.ts';
import { addToGroup, readGroups, readUserRecord, removeFromGroup } from './users-store.ts';

export const setUserGroups: UserAction = async (request) => {
  const wanted = knownGroups(readBody('setUserGroups', request).groups);
  const id = wanted.includes(auth.adminGroup) ? userOfPath(request) : otherUserOfPath(request);
  const present = await readGroups(id);
  // Taken away first: a failure in between leaves somebody with too few rights rather than too many.
  for (const group of present.filter((name) => !wanted.includes(name))) await removeFromGroup(id, group);
  for (const group of wanted.filter((name) => !present.includes(name))) await addToGroup(id, group);
  const body: AuthReply<'setUserGroups'> = await readUserRecord(id);
  return { body };
};
