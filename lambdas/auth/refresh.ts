import type { Action } from '../runtime/request.ts';
import { refreshTokens } from './auth-store.ts';
import { readBody } from './read-body.ts';

export const refresh: Action = async (request) => {
  const { refreshToken } = readBody('refresh', request);
  return { body: await refreshTokens(refreshToken) };
};
