import type { UserAction } from '../runtime/request.ts';
import { deleteAccount } from './account-store.ts';
import { deleteAndTell } from './deletions-client.ts';
import { readBody } from './read-body.ts';
import { forgetRecoveryCodes } from './recovery-store.ts';
import { requirePassword } from './require-password.ts';

export const deleteMe: UserAction = async (request) => {
  const { password } = readBody('deleteMe', request);
  await requirePassword(request, password);
  const { id, username, accessToken } = request.caller;
  await deleteAndTell({ userId: id, username, actor: id }, () => deleteAccount(accessToken));
  await forgetRecoveryCodes(username);
  return {};
};
