import type { UserAction } from '../runtime/request.ts';
import { requireAuthenticator } from './account-store.ts';
import { readBody } from './read-body.ts';
import { forgetRecoveryCodes } from './recovery-store.ts';
import { requirePassword } from './require-password.ts';

export const disableMfa: UserAction = async (request) => {
  const { password } = readBody('disableMfa', request);
  await requirePassword(request, password);
  await requireAuthenticator(request.caller.accessToken, false);
  await forgetRecoveryCodes(request.caller.username);
  return {};
};
