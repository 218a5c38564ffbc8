import { setTimeout as sleep } from 'node:timers/promises';
import { answerStepMs } from '../../contracts/auth.ts';
import { ApiError } from '../../contracts/errors.ts';

const untilNextStep = (startedAt: number): Promise<void> => {
  const elapsed = performance.now() - startedAt;
  return sleep(Math.ceil(elapsed / answerStepMs) * answerStepMs - elapsed);
};

// The refusal of a limit comes before any look at an account, and should cost as little as it can.
const tellsNothing = (error: unknown): boolean => error instanceof ApiError && error.code === 'too_many_attempts';

/** Answers refusals at steps of time, so that how long they took does not tell whether there is such an account. */
export const refusingSteadily = async <T>(perform: () => Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  try {
    return await perform();
  } catch (error) {
    if (!tellsNothing(error)) await untilNextStep(startedAt);
    throw error;
  }
};

/** Answers at steps of time, success or not. */
export const answeringSteadily = async <T>(perform: () => Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  const result = await refusingSteadily(perform);
  await untilNextStep(startedAt);
  return result;
};
