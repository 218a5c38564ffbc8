import type { UserAction } from '../runtime/request.ts';
import { verifyEmail as verify } from './account-store.ts';
import { guarded } from './guarded.ts';
import { codeLimits } from './limits.ts';
import { readBody } from './read-body.ts';

export const verifyEmail: UserAction = async (request) => {
  const { code } = readBody('verifyEmail', request);
  const { accessToken, id } = request.caller;
  await guarded(codeLimits(request, id), () => verify(accessToken, code));
  return {};
};
