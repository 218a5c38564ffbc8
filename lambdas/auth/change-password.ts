import type { UserAction } from '../runtime/request.ts';
import { changePassword as setPassword } from './account-store.ts';
import { endSessions, logIn } from './auth-store.ts';
import { checkPassword } from './check-password.ts';
import { loginReply } from './login-reply.ts';
import { readBody } from './read-body.ts';
import { requirePassword } from './require-password.ts';

export const changePassword: UserAction = async (request) => {
  const { password, newPassword } = readBody('changePassword', request);
  checkPassword(newPassword, { pointer: '/newPassword' });
  const { email } = await requirePassword(request, password);
  checkPassword(newPassword, { email, pointer: '/newPassword' });
  await setPassword(request.caller.accessToken, password, newPassword);
  await endSessions(request.caller.username);
  // The session of this device has ended, too; the person at it has just given the password and gets a new one.
  return loginReply(await logIn(email, newPassword));
};
