import { sleep } from './abortable.ts';
import { retryDelayMs } from './retry.ts';

/** With the delays between them, a line may be down for some seconds. */
const tries = 6;

/**
 * Does what may be done again, until it is done or no try is left.
 *
 * @param mend looks at a failure, and tells whether it has removed the cause, so that the next try can follow at once
 */
export const persist = async (
  run: () => Promise<void>,
  signal: AbortSignal,
  mend: (failure: unknown) => boolean = () => false,
): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (failure) {
      if (signal.aborted) throw signal.reason;
      const delayMs = mend(failure) ? 0 : retryDelayMs(attempt - 1, failure);
      if (delayMs === undefined || attempt === tries) throw failure;
      await sleep(delayMs, signal);
    }
  }
};
