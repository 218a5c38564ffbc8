import type { UserRequest } from '../runtime/request.ts';
import { type Account, readAccount } from './account-store.ts';
import { logIn } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { passwordLimits } from './limits.ts';
import { refusal } from './refusals.ts';

/**
 * Makes sure that the person who calls knows the password: a stolen access token alone opens nothing that would keep the
 * owner out.
 *
 * @throws ApiError `reauth_required` without a password, `invalid_credentials` with a wrong one, `too_many_attempts`
 */
export const requirePassword = async (request: UserRequest, password: string | undefined): Promise<Account> => {
  if (password === undefined) throw refusal('reauth_required');
  const account = await readAccount(request.caller.accessToken);
  // A challenge in place of tokens proves the password as well.
  await guarded(passwordLimits(request, account.email), () => logIn(account.email, password));
  return account;
};
