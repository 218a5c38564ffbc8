import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { readAccount } from './account-store.ts';

export const readMe: UserAction = async ({ caller }) => {
  const account = await readAccount(caller.accessToken);
  const body: AuthReply<'readMe'> = { ...account, groups: [...caller.groups] };
  return { body };
};
