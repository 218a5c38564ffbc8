import { ApiError } from '../../contracts/errors.ts';
import { tooManyAttempts } from './refusals.ts';

/** What an exception of the service means for the caller, by the exception's name. */
export type Meanings = Readonly<Record<string, (cause: Error) => ApiError>>;

/** The service does not say how long; its pauses are minutes (developer guide, "Lockout behavior for failed sign-in attempts"). */
const serviceLimitSeconds = 300;

const rateLimited = (cause: Error): ApiError =>
  new ApiError('rate_limited', 'There are too many requests right now. Wait as long as Retry-After says.', { cause, retryAfterSeconds: 2 });

const always: Meanings = {
  TooManyRequestsException: rateLimited,
  ThrottlingException: rateLimited,
  RequestLimitExceeded: rateLimited,
  ProvisionedThroughputExceededException: rateLimited,
  LimitExceededException: (cause) => tooManyAttempts(serviceLimitSeconds, cause),
  TooManyFailedAttemptsException: (cause) => tooManyAttempts(serviceLimitSeconds, cause),
};

const unavailable = (cause: unknown): ApiError =>
  new ApiError('unavailable', 'The accounts service does not answer properly. Try again shortly.', { cause, retryAfterSeconds: 5 });

interface SdkError extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };
}

/** The SDK puts `$metadata` on each error of a call, also when no answer came. */
const isSdkError = (thrown: unknown): thrown is SdkError => thrown instanceof Error && '$metadata' in thrown;

/** No answer at all (a time-out, a broken connection), or an answer of 500 or more. */
const isOutage = (error: SdkError): boolean => {
  const { httpStatusCode = 500 } = error.$metadata;
  return httpStatusCode >= 500 || error.name === 'InternalErrorException';
};

/**
 * Waits for a call of an AWS SDK and turns its exceptions into errors of the API. What has no meaning here stays as it is and
 * becomes a 500 without details.
 *
 * @throws ApiError `rate_limited`, `too_many_attempts`, `unavailable`, or what `meanings` says
 */
export const calling = async <T>(call: Promise<T>, meanings: Meanings = {}): Promise<T> => {
  try {
    return await call;
  } catch (cause) {
    if (!isSdkError(cause)) throw cause;
    if (/attempts exceeded/i.test(cause.message)) throw tooManyAttempts(serviceLimitSeconds, cause);
    const meaning = meanings[cause.name] ?? always[cause.name];
    if (meaning !== undefined) throw meaning(cause);
    if (isOutage(cause)) throw unavailable(cause);
    throw cause;
  }
};
