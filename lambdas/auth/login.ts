import type { Action } from '../runtime/request.ts';
import { logIn } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { passwordLimits } from './limits.ts';
import { loginReply } from './login-reply.ts';
import { readBody } from './read-body.ts';
import { refusingSteadily } from './steadily.ts';

export const login: Action = async (request) => {
  const { email, password } = readBody('login', request);
  return loginReply(await refusingSteadily(() => guarded(passwordLimits(request, email), () => logIn(email, password))));
};
