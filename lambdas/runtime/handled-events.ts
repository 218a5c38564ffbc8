import { randomUUID } from 'node:crypto';
import { claimEvent, handledMark, releaseClaim, rememberHandled, type TransactItem } from './handled-events-store.ts';

/** One consumer's handling of one event. */
export interface Handling {
  /** The same for each delivery to the same consumer: the name of the function, of the endpoint and so on. */
  readonly consumer: string;
  readonly eventId: string;
  /** How long `run` may take at most: when a crash has ended it, the next attempt waits so long. The time-out of the function. */
  readonly leaseSeconds: number;
}

/**
 * Handles an event that may be delivered more than once, so that it is handled once. A crash in between is tried again after the
 * lease, a failure at once: whatever `run` did before it failed is then done again.
 *
 * @param run gets a write for a transaction with the effect: then a crash right after the effect does not repeat it either
 * @returns `done`: it is handled, now or before. `busy`: it is being handled, and must come back later
 * @throws whatever `run` throws
 */
export const handleOnce = async (
  { consumer, eventId, leaseSeconds }: Handling,
  run: (mark: () => TransactItem) => Promise<void>,
): Promise<'done' | 'busy'> => {
  const claim = randomUUID();
  const outcome = await claimEvent(consumer, eventId, claim, leaseSeconds);
  if (outcome !== 'claimed') return outcome;
  let isMarked = false;
  const mark = (): TransactItem => {
    isMarked = true;
    return handledMark(consumer, eventId, claim);
  };
  try {
    await run(mark);
  } catch (error) {
    // Without it, the claim ends by itself.
    await releaseClaim(consumer, eventId, claim).catch(() => undefined);
    throw error;
  }
  if (!isMarked) await rememberHandled(consumer, eventId, claim);
  return 'done';
};
