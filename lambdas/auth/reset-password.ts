import type { Action } from '../runtime/request.ts';
import { forgetAttempts } from './attempts-store.ts';
import { endSessions, resetPassword as setPasswordByCode } from './auth-store.ts';
import { checkPassword } from './check-password.ts';
import { guarded } from './guarded.ts';
import { addressPasswords, codeLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { refusingSteadily } from './steadily.ts';

export const resetPassword: Action = async (request) => {
  const { email, code, newPassword } = readBody('resetPassword', request);
  checkPassword(newPassword, { email, pointer: '/newPassword' });
  await refusingSteadily(() => guarded(codeLimits(request, email), () => setPasswordByCode(email, code, newPassword)));
  await endSessions(email);
  // Whoever reads the mails of the address need not wait out a pause that somebody else's guesses began.
  await forgetAttempts(addressPasswords(email));
  return {};
};
