import type { Action } from '../runtime/request.ts';
import { sendResetCode } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { messageLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { answeringSteadily } from './steadily.ts';

export const forgotPassword: Action = async (request) => {
  const { email } = readBody('forgotPassword', request);
  await answeringSteadily(() => guarded(messageLimits(request, email), () => sendResetCode(email)));
  return {};
};
