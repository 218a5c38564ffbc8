import type { Action } from '../runtime/request.ts';
import { revokeSession } from './auth-store.ts';
import { readBody } from './read-body.ts';

export const logout: Action = async (request) => {
  const { refreshToken } = readBody('logout', request);
  await revokeSession(refreshToken);
  return {};
};
