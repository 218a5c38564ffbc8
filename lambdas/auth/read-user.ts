import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { userOfPath } from './user-of-path.ts';
import { readUserRecord } from './users-store.ts';

export const readUser: UserAction = async (request) => {
  const body: AuthReply<'readUser'> = await readUserRecord(userOfPath(request));
  return { body };
};
