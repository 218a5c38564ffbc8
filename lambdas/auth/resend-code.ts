import type { Action } from '../runtime/request.ts';
import { resendConfirmationCode } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { messageLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { answeringSteadily } from './steadily.ts';

export const resendCode: Action = async (request) => {
  const { email } = readBody('resendCode', request);
  await answeringSteadily(() => guarded(messageLimits(request, email), () => resendConfirmationCode(email)));
  return {};
};
