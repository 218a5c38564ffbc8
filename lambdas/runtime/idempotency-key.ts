import { createHash } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';
import { callerKey } from './caller-key.ts';
import type { ApiRequest } from './request.ts';

/** How long a key is remembered. DynamoDB's own token is good for ten minutes only. */
export const keptSeconds = 24 * 60 * 60;
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The claim of one request on its `Idempotency-Key`. */
export interface KeyClaim {
  /** Where the claim is remembered: the key, apart for each caller. */
  readonly id: string;
  /** Tells the same request from another one with the same key. */
  readonly requestHash: string;
  readonly nowSeconds: number;
}

const hashOf = (request: ApiRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([request.routeKey, request.path, request.headers['if-match'] ?? null, request.rawBody]))
    .digest('base64url');

/**
 * Reads `Idempotency-Key`; undefined without one. Keys of different callers are apart.
 *
 * @throws ApiError `invalid_idempotency_key`
 */
export const keyClaimOf = (request: ApiRequest, nowMs: number): KeyClaim | undefined => {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (!keyPattern.test(key)) {
    throw new ApiError('invalid_idempotency_key', 'The Idempotency-Key must have 1 to 255 visible ASCII characters.');
  }
  return { id: `I#${callerKey(request.caller) ?? 'guest'}#${key}`, requestHash: hashOf(request), nowSeconds: Math.floor(nowMs / 1_000) };
};

/**
 * Refuses a key that was used for another request.
 *
 * @param requestHash what is remembered under the key
 * @throws ApiError `idempotency_mismatch`
 */
export const assertSameRequest = (claim: KeyClaim, requestHash: unknown): void => {
  if (requestHash === claim.requestHash) return;
  throw new ApiError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new key.');
};

/** A claim that met other writes again and again: the same request is most likely still at work. */
export const inProgress = (claim: KeyClaim | undefined, error: unknown): unknown =>
  claim !== undefined && error instanceof ApiError && error.code === 'write_conflict'
    ? new ApiError('in_progress', 'A request with this Idempotency-Key is in progress. Try again in a moment.', {
        retryAfterSeconds: 1,
        cause: error,
      })
    : error;
