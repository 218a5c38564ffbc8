import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { ApiReply } from '../runtime/request.ts';
import type { Login } from './auth-store.ts';

/** The answer to a login, wherever one ends or goes on. */
export const loginReply = (login: Login): ApiReply => {
  const body: AuthReply<'login'> = 'tokens' in login ? login.tokens : login.challenge;
  return { body };
};
