import { retrySchedule } from '../../contracts/webhooks.ts';

/** An endpoint cannot put a delivery off further than the schedule does. */
const longestWaitMs = 86_400_000;
/** Attempts that failed together are spread by up to a fifth of the time. */
const jitter = 0.2;

/** How long `Retry-After` asks to wait: it is seconds or a date (RFC 9110, section 10.2.3). */
export const retryAfterMs = (header: string | undefined, nowMs: number): number => {
  if (header === undefined) return 0;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), longestWaitMs) : 0;
};

/**
 * When an attempt follows another that failed.
 *
 * @param made how many attempts of the schedule were made
 * @returns milliseconds; undefined after the last attempt
 */
export const planRetry = (made: number, askedMs: number): number | undefined => {
  const seconds = retrySchedule[made];
  if (seconds === undefined) return undefined;
  return Math.max(seconds * 1_000 * (1 + Math.random() * jitter), askedMs);
};
