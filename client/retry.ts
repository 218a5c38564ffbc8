import { NetworkError } from './network-error.ts';
import { PlinthError } from './plinth-error.ts';

const firstDelayMs = 250;
const maxDelayMs = 5_000;
/** A wait that the backend asks for and that is longer than this is the application's to decide. */
const maxRetryAfterSeconds = 30;

const isTransient = (failure: unknown): boolean => {
  if (failure instanceof NetworkError) return failure.reason !== 'invalid_answer';
  if (!(failure instanceof PlinthError)) return false;
  // `in_progress`: the first try of a keyed write still runs; its outcome can be fetched in a moment.
  return failure.status === 429 || failure.status >= 500 || failure.code === 'in_progress';
};

/**
 * How long to wait before the next try, in milliseconds; undefined when there is to be none.
 * Doubles with each try; the random half keeps clients that failed together from coming back together.
 */
export const retryDelayMs = (attempt: number, failure: unknown): number | undefined => {
  if (!isTransient(failure)) return undefined;
  const backoffMs = Math.min(maxDelayMs, firstDelayMs * 2 ** attempt) * (0.5 + Math.random() / 2);
  const asked = failure instanceof PlinthError ? (failure.retryAfterSeconds ?? 0) : 0;
  return asked > maxRetryAfterSeconds ? undefined : Math.max(asked * 1_000, backoffMs);
};
