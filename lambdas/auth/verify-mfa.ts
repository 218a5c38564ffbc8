import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { requireAuthenticator, verifyAuthenticator } from './account-store.ts';
import { guarded } from './guarded.ts';
import { authenticatorLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { keepRecoveryCodes } from './recovery-store.ts';

export const verifyMfa: UserAction = async (request) => {
  const { code, deviceName } = readBody('verifyMfa', request);
  const { accessToken, username } = request.caller;
  await guarded(authenticatorLimits(username), () => verifyAuthenticator(accessToken, code, deviceName));
  const recoveryCodes = makeRecoveryCodes();
  // Kept before the authenticator is asked for, so that nobody is ever without a way in.
  await keepRecoveryCodes(username, recoveryCodes);
  await requireAuthenticator(accessToken, true);
  const body: AuthReply<'verifyMfa'> = { recoveryCodes: [...recoveryCodes] };
  return { body };
};
