import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction, UserRequest } from '../runtime/request.ts';
import { readAccount, requestEmailChange, setName } from './account-store.ts';
import { guarded } from './guarded.ts';
import { messageLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { requirePassword } from './require-password.ts';

interface EmailChange {
  readonly email: string;
  readonly password: string | undefined;
}

/** @returns the address that waits for its code */
const changeEmail = async (request: UserRequest, { email, password }: EmailChange): Promise<string | undefined> => {
  const account = await requirePassword(request, password);
  if (account.email === email) return undefined;
  await guarded(messageLimits(request, email), () => requestEmailChange(request.caller.accessToken, email));
  return email;
};

export const updateMe: UserAction = async (request) => {
  const { name, email, password } = readBody('updateMe', request);
  const { accessToken, groups } = request.caller;
  const pendingEmail = email === undefined ? undefined : await changeEmail(request, { email, password });
  if (name !== undefined) await setName(accessToken, name);
  const body: AuthReply<'updateMe'> = { ...(await readAccount(accessToken)), groups: [...groups], pendingEmail };
  return { body };
};
