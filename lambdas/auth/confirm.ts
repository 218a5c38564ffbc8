import type { Action } from '../runtime/request.ts';
import { confirmSignUp } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { codeLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { refusingSteadily } from './steadily.ts';

export const confirm: Action = async (request) => {
  const { email, code } = readBody('confirm', request);
  await refusingSteadily(() => guarded(codeLimits(request, email), () => confirmSignUp(email, code)));
  return {};
};
