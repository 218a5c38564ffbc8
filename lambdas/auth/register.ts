import { auth } from '@compiled/auth';
import type { Action } from '../runtime/request.ts';
import { askBeforeSignUp } from './ask-before-sign-up.ts';
import { signUp } from './auth-store.ts';
import { checkPassword } from './check-password.ts';
import { guarded } from './guarded.ts';
import { messageLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { refusal } from './refusals.ts';
import { answeringSteadily } from './steadily.ts';

export const register: Action = async (request) => {
  const account = readBody('register', request);
  const { email, password } = account;
  if (!auth.selfRegistration) throw refusal('registration_refused');
  checkPassword(password, { email, pointer: '/password' });
  await answeringSteadily(() => guarded(messageLimits(request, email), async () => signUp(await askBeforeSignUp(request, account))));
  return {};
};
