import { createHmac, timingSafeEqual } from 'node:crypto';
import { paymentsLimits } from '../../contracts/payments.ts';

/** - `wrong`: missing, not well formed, or made with none of the secrets. - `stale`: made at another time. */
export type SignatureState = 'right' | 'wrong' | 'stale';

/** During a rotation Stripe signs with each secret; nobody needs more than this. */
const maxSignatures = 16;
const maxHeaderLength = 4_096;

const parse = (header: string) => {
  const parts = header.split(',').map((part) => part.trim().split('='));
  const valuesOf = (name: string): readonly string[] =>
    parts.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
  return { times: valuesOf('t'), signatures: valuesOf('v1').slice(0, maxSignatures) };
};

const hexBytes = /^[0-9a-f]{64}$/;

const isOneOf = (signatures: readonly string[], expected: Buffer): boolean =>
  signatures.some((signature) => hexBytes.test(signature) && timingSafeEqual(Buffer.from(signature, 'hex'), expected));

/**
 * Checks a `Stripe-Signature` header (https://docs.stripe.com/webhooks#verify-manually), without looking into the body. One right
 * signature by one of the secrets is enough.
 *
 * @param body the body as it came
 */
export const checkSignature = (body: string, header: string, secrets: readonly string[], nowMs: number): SignatureState => {
  if (header.length > maxHeaderLength) return 'wrong';
  const { times, signatures } = parse(header);
  const [time] = times;
  if (time === undefined || times.length > 1 || signatures.length === 0) return 'wrong';
  if (!/^[0-9]{1,12}$/.test(time)) return 'stale';
  const isRight = secrets.some((secret) => isOneOf(signatures, createHmac('sha256', secret).update(`${time}.${body}`).digest()));
  if (!isRight) return 'wrong';
  const ageSeconds = Math.abs(Math.floor(nowMs / 1_000) - Number(time));
  return ageSeconds > paymentsLimits.signatureToleranceSeconds ? 'stale' : 'right';
};
