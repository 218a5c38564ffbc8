import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ApiError, type ErrorCode } from '../../contracts/errors.ts';

/** Numbers come from JSON; those beyond 2^53 are read back as the doubles they were. */
export const unmarshallOptions = { wrapNumbers: Number as unknown as (value: string) => number };

/** The members of DynamoDB's exceptions that we read. */
interface StoreException {
  readonly name: string;
  readonly message: string;
  readonly Item?: Record<string, AttributeValue>;
  readonly CancellationReasons?: readonly {
    readonly Code?: string;
    readonly Message?: string;
    readonly Item?: Record<string, AttributeValue>;
  }[];
}

const busy: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'LimitExceededException',
  'InternalServerError',
  'InternalServerErrorException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionInProgressException',
  'ReplicatedWriteConflictException',
  // Of S3 and Secrets Manager.
  'SlowDown',
  'InternalError',
  'InternalServiceError',
  // Reasons inside a cancelled transaction.
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
const slow: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException']);
/** Codes of Node's sockets. */
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

const retryAfterSeconds = 2;

const asException = (error: unknown): StoreException => error as StoreException;
const reasonsOf = (error: unknown) =>
  asException(error)?.name === 'TransactionCanceledException' ? (asException(error).CancellationReasons ?? []) : [];

/** Whether a write met another transaction on the same item: it may be tried again. */
export const isConflict = (error: unknown): boolean =>
  asException(error)?.name === 'TransactionConflictException' || reasonsOf(error).some((reason) => reason.Code === 'TransactionConflict');

/** The document client leaves the items inside exceptions as they came over the wire. */
const toItem = (item: Record<string, AttributeValue> | undefined): { item?: Record<string, unknown> } =>
  item === undefined || Object.keys(item).length === 0 ? {} : { item: unmarshall(item, unmarshallOptions) };

/** Which conditions of a commit failed, with the items that were there; undefined for any other error. */
export const cancellationsOf = (error: unknown): readonly { index: number; item?: Record<string, unknown> }[] | undefined => {
  if (asException(error)?.name === 'ConditionalCheckFailedException') return [{ index: 0, ...toItem(asException(error).Item) }];
  const failed = reasonsOf(error).flatMap((reason, index) =>
    reason.Code === 'ConditionalCheckFailed' ? [{ index, ...toItem(reason.Item) }] : [],
  );
  return failed.length > 0 ? failed : undefined;
};

const tooLarge = /size (to update )?has exceeded|exceeds? the maximum allowed size|collection size/i;

const busyError = (cause: unknown): ApiError =>
  new ApiError('unavailable', 'A service behind this API is busy. Try again in a moment.', { retryAfterSeconds, cause });

const knownCode = (error: unknown): ErrorCode | undefined => {
  const { name, message } = asException(error);
  const names = [name, ...reasonsOf(error).map((reason) => reason.Code ?? '')];
  const texts = [message, ...reasonsOf(error).map((reason) => reason.Message ?? '')];
  if (texts.some((text) => tooLarge.test(text))) return 'item_too_large';
  if (names.some((each) => busy.has(each))) return 'unavailable';
  if (slow.has(name)) return 'timeout';
  if (unreachable.has((error as { code?: string }).code ?? '')) return 'unavailable';
  return isConflict(error) ? 'write_conflict' : undefined;
};

/** The sum of two numbers has more than 38 digits, or is too large ("Number", DynamoDB Developer Guide, "Supported data types"). */
const inexact = /number (over|under)flow|significant digits|precision up to/i;
/** An index that a deployment has not made yet, or that DynamoDB is still filling. */
const indexMissing = /does not have the specified index|backfilling global secondary index/i;
const transactionTooLarge = /transaction payload size|aggregate size/i;

/** What the caller is told when the database refuses. Errors that are our own fault stay as they are and become a 500. */
export const storeError = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null || error instanceof ApiError) return error;
  const texts = [asException(error).message, ...reasonsOf(error).map((reason) => reason.Message ?? '')].join(' ');
  if (transactionTooLarge.test(texts)) {
    return new ApiError('body_too_large', 'The records of the transaction have more than 4 MB. Split it; nothing was written.', {
      cause: error,
    });
  }
  if (inexact.test(texts)) {
    return new ApiError('validation_failed', 'A number would have more digits than can be stored. Nothing was written.', { cause: error });
  }
  if (indexMissing.test(texts)) {
    return new ApiError('index_building', 'An index of this list is being built. Try again later.', {
      retryAfterSeconds: 30,
      cause: error,
    });
  }
  switch (knownCode(error)) {
    case 'item_too_large':
      return new ApiError('item_too_large', 'The record would be larger than 400 KB. Store less in it; nothing was written.', {
        cause: error,
      });
    case 'unavailable':
      return busyError(error);
    case 'timeout':
      return new ApiError(
        'timeout',
        'A service behind this API took too long. Try again; if it was a write, read first whether it was done.',
        {
          retryAfterSeconds,
          cause: error,
        },
      );
    case 'write_conflict':
      return new ApiError('write_conflict', 'Other writes to the same record won. Read it again, then try again.', { cause: error });
    default:
      return error;
  }
};
