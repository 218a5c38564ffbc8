import type { Context } from 'aws-lambda';
import { type HookReply, hookLimits, hookStatuses, type RecordHookEvent, type SignUpHookEvent } from '../../contracts/hooks.ts';
import type { Occasion } from './create-context.ts';
import { FunctionError } from './function-error.ts';
import { withRun } from './function-log.ts';
import { log, logFailure, runFunction } from './run-function.ts';

type HookEvent = RecordHookEvent | SignUpHookEvent;

const otherStatus = 422;

const refusalOf = ({ message, refusal }: FunctionError, occasion: Occasion): HookReply => {
  const allowed = hookStatuses.find((one) => one === refusal?.status);
  if (allowed === undefined) {
    withRun(occasion, () =>
      log.warn(`a hook refuses with ${hookStatuses.join(', ')} only: the write is refused with ${otherStatus}, not ${refusal?.status}`),
    );
  }
  const status = allowed ?? otherStatus;
  return { refuse: { detail: message.slice(0, hookLimits.detailLength), status, ...(refusal && { code: refusal.reason }) } };
};

/**
 * Asks the function about a write that waits for it. What it throws on purpose refuses the write; any other failure is thrown on, and
 * the write is not done either.
 */
export const answerHook = async (event: HookEvent, context: Context): Promise<HookReply> => {
  const occasion: Occasion = { requestId: context.awsRequestId, remainingMs: () => context.getRemainingTimeInMillis() };
  try {
    return (await runFunction(event, occasion)) as HookReply;
  } catch (thrown) {
    if (thrown instanceof FunctionError) return refusalOf(thrown, occasion);
    logFailure('the function failed, so that the write is refused', thrown, occasion);
    // Its text may hold anything, and whoever invokes is not to read it.
    throw new Error('the function failed: see its log');
  }
};
