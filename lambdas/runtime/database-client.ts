import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { cancellationsOf, isConflict, storeError, unmarshallOptions } from './store-errors.ts';

/** One call, with its retries, ends so long before the function's own limit (15 s) that the caller gets an answer. */
export const callDeadlineMs = 8_000;
const attemptTimeoutMs = 2_500;
/** The SDK waits up to 1, 2 and 4 s between throttled attempts, so that all of them fit in before the deadline. */
export const maxAttempts = 4;
/** How often writes that met another transaction are tried again. */
const maxConflictRetries = 6;

/** DynamoDB, for the stores of all features. */
export const database = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: attemptTimeoutMs, throwOnRequestTimeout: true },
  }),
  {
    marshallOptions: { removeUndefinedValues: true, allowImpreciseNumbers: true },
    // A copy: the client adds options of its own to it.
    unmarshallOptions: { ...unmarshallOptions },
  },
);

/** What a command is sent with. */
export interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * Sends one call with a deadline and turns what goes wrong into answers for the caller.
 *
 * @throws ApiError `unavailable`, `timeout` and others of store-errors.ts
 */
export const withDeadline = async <T>(send: (options: SendOptions) => Promise<T>): Promise<T> => {
  try {
    return await send({ abortSignal: AbortSignal.timeout(callDeadlineMs) });
  } catch (error) {
    throw storeError(error);
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits longer each time, by chance, so that writers that met don't meet again. */
export const backOff = (attempt: number): Promise<void> => pause(Math.random() * 25 * 2 ** attempt);

/** A condition that did not hold: the place of its write in the transaction, and the item as it is stored. */
export interface FailedCondition {
  readonly index: number;
  readonly item?: Readonly<Record<string, unknown>>;
}

/** How a conditional write, or a transaction of them, ended. */
export type WriteOutcome<T> =
  | { readonly ok: true; readonly output: T }
  | { readonly ok: false; readonly failed: readonly FailedCondition[] };

/**
 * Sends a conditional write or a transaction. A collision with another transaction is tried again a few times.
 *
 * @throws ApiError `unavailable`, `timeout`, `item_too_large`, `write_conflict`
 */
export const sendWrite = async <T>(send: (options: SendOptions) => Promise<T>): Promise<WriteOutcome<T>> => {
  const deadline = AbortSignal.timeout(callDeadlineMs);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ok: true, output: await send({ abortSignal: deadline }) };
    } catch (error) {
      const failed = cancellationsOf(error);
      if (failed !== undefined) return { ok: false, failed };
      if (!isConflict(error) || attempt > maxConflictRetries) throw storeError(error);
      await backOff(attempt);
    }
  }
};
