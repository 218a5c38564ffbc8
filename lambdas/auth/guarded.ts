import { ApiError, type ErrorCode } from '../../contracts/errors.ts';
import { type Attempt, countAttempt, forgetAttempts, refundAttempt } from './attempts-store.ts';
import { tooManyAttempts } from './refusals.ts';

/** Refusals that say "a wrong guess". Any other failure tells nothing of the guess, so it is not held against anybody. */
const wrongGuesses: ReadonlySet<ErrorCode> = new Set(['invalid_credentials', 'invalid_code']);
/** Refusals that are only given after the right password. */
const rightGuesses: ReadonlySet<ErrorCode> = new Set(['user_not_confirmed']);

const settleSuccess = async (attempt: Attempt): Promise<void> => {
  if (attempt.limit.onSuccess === 'forget') await forgetAttempts(attempt);
  if (attempt.limit.onSuccess === 'refund') await refundAttempt(attempt);
};

const settleUnknown = async (attempt: Attempt): Promise<void> => {
  if (attempt.limit.onSuccess !== 'keep') await refundAttempt(attempt);
};

// A counter that could not be settled only makes the limit stricter: no reason to fail a request whose work is done.
const settle = async (attempts: readonly Attempt[], how: (attempt: Attempt) => Promise<void>): Promise<void> => {
  await Promise.allSettled(attempts.map(how));
};

/**
 * Does what somebody could try again and again, under limits. Each attempt is counted first; a success settles the counters
 * as each limit says.
 *
 * @param attempts the wider limits first: an attempt that one limit refuses is not counted against the ones behind it
 * @throws ApiError `too_many_attempts` without having done anything
 */
export const guarded = async <T>(attempts: readonly Attempt[], perform: () => Promise<T>): Promise<T> => {
  for (const attempt of attempts) {
    const waitSeconds = await countAttempt(attempt);
    if (waitSeconds !== undefined) throw tooManyAttempts(waitSeconds);
  }
  try {
    const result = await perform();
    await settle(attempts, settleSuccess);
    return result;
  } catch (error) {
    const code = error instanceof ApiError ? error.code : undefined;
    if (code !== undefined && rightGuesses.has(code)) await settle(attempts, settleSuccess);
    else if (code === undefined || !wrongGuesses.has(code)) await settle(attempts, settleUnknown);
    throw error;
  }
};
