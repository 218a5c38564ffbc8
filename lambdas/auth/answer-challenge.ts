import type { Action } from '../runtime/request.ts';
import { answerChallenge as answer, type Login } from './auth-store.ts';
import { checkPassword } from './check-password.ts';
import { guarded } from './guarded.ts';
import { authenticatorLimits } from './limits.ts';
import { loginReply } from './login-reply.ts';
import { openSession } from './login-session.ts';
import { readBody } from './read-body.ts';

export const answerChallenge: Action = async (request) => {
  const body = readBody('answerChallenge', request);
  const respond = async (): Promise<Login> => {
    if ('code' in body) {
      // Counted by the session's own user: the address of the body is only what the caller says.
      const { username } = openSession(body.session);
      return guarded(authenticatorLimits(username), () => answer(body.session, { code: body.code }));
    }
    checkPassword(body.newPassword, { email: body.email, pointer: '/newPassword' });
    return answer(body.session, { newPassword: body.newPassword });
  };
  return loginReply(await respond());
};
