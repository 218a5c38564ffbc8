import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';

export const invalidSignature = (detail: string): ApiError => new ApiError('invalid_signature', `${detail} Nothing was taken.`);

/** What an HMAC is made with. */
export interface HmacOptions {
  readonly algorithm: 'sha256' | 'sha1' | 'sha512';
  readonly key: string | Buffer;
}

export const hmac = (payload: string, { algorithm, key }: HmacOptions): Buffer => createHmac(algorithm, key).update(payload).digest();

/** Compares without telling by the time that it takes where the two differ. */
export const isSame = (given: Buffer, expected: Buffer): boolean => given.length === expected.length && timingSafeEqual(given, expected);

/**
 * The header, which must be there.
 *
 * @throws ApiError `invalid_signature`
 */
export const requiredHeader = (headers: Readonly<Record<string, string>>, name: string): string => {
  const value = headers[name.toLowerCase()];
  if (value === undefined || value === '') throw invalidSignature(`The header ${name} is missing.`);
  return value;
};

/**
 * Refuses what was signed too long ago, or in a time that is to come: somebody may have recorded it.
 *
 * @param text seconds since the epoch
 * @throws ApiError `stale_signature`
 */
export const assertFresh = (text: string, toleranceSeconds: number, nowMs: number): void => {
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(Math.floor(nowMs / 1_000) - seconds) <= toleranceSeconds) return;
  throw new ApiError('stale_signature', `The time of the signature is not within ${toleranceSeconds} s of ours. Nothing was taken.`);
};
