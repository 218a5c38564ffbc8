import { definition } from '@compiled/function';
import { handler } from '@compiled/function-parts';
import { ApiError } from '../../contracts/errors.ts';
import { createContext, type Occasion } from './create-context.ts';
import { functionLog, thrownFields, withRun } from './function-log.ts';

/** So long before its end a run is told to stop. */
const abortEarlyMs = 300;

const timeIsOver = (): ApiError =>
  new ApiError('timeout', 'The function took too long. Try again; if it was a write, read first whether it was done.', {
    retryAfterSeconds: 5,
  });

/** The log of this function. */
export const log = functionLog(definition.name);

/** Runs the code of the function. What it throws is thrown on, and logged by whoever knows what it means. */
export const runFunction = async (run: object, occasion: Occasion): Promise<unknown> =>
  withRun(occasion, async () => {
    const controller = new AbortController();
    const stop = (): void => controller.abort(timeIsOver());
    const timer = setTimeout(stop, Math.max(0, Math.min(occasion.remainingMs() - abortEarlyMs, 2 ** 31 - 1)));
    try {
      return await handler(run as never, createContext({ ...occasion, signal: controller.signal, log }) as never);
    } finally {
      clearTimeout(timer);
    }
  });

/** Logs what the code of the function has thrown. */
export const logFailure = (message: string, thrown: unknown, occasion: Occasion, more: Readonly<Record<string, unknown>> = {}): void =>
  withRun(occasion, () => log.error(message, { ...more, error: thrownFields(thrown) }));
