import type { ErrorCode, FieldError } from '../contracts/errors.ts';

/** What a {@link PlinthError} is made of. */
export interface PlinthErrorOptions {
  readonly status: number;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly reason?: string | undefined;
}

/**
 * The backend refused a request, or failed at it. Switch over `code`: it is stable, and `detail` is for people.
 *
 * @example
 * ```ts
 * try {
 *   await client.data.Note.create({ title: '' });
 * } catch (error) {
 *   if (error instanceof PlinthError && error.code === 'validation_failed') showFaults(error.errors);
 *   else throw error;
 * }
 * ```
 */
export class PlinthError extends Error {
  /** Why, in one word of the table in `contracts/errors.ts`. A newer backend may send a word that this version does not list. */
  readonly code: ErrorCode;
  /** The HTTP status. */
  readonly status: number;
  /** What went wrong and what to do next. The same text as `message`. */
  readonly detail: string;
  /** Name it when you report a failure. Undefined when a gateway answered in the backend's place. */
  readonly requestId: string | undefined;
  /** The faults of the request, each with the JSON pointer of its place. */
  readonly errors: readonly FieldError[];
  /** How long to wait before the next try, when the backend says so. */
  readonly retryAfterSeconds: number | undefined;
  /** With `function_refused`: why, in the function's own word. */
  readonly reason: string | undefined;

  constructor(code: ErrorCode, detail: string, options: PlinthErrorOptions) {
    super(detail);
    this.name = 'PlinthError';
    this.code = code;
    this.detail = detail;
    this.status = options.status;
    this.requestId = options.requestId;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.reason = options.reason;
  }
}
