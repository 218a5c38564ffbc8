import { ApiError } from '../../contracts/errors.ts';
import type { QueuedEvent } from '../../contracts/payments-table.ts';
import { applyDispute, applyPayment } from './apply-payment.ts';
import { applySubscription } from './apply-subscription.ts';
import type { Deadline } from './stripe-requests.ts';
import { writeLog } from './write-log.ts';

/** How often an event that met others about the same thing looks again. */
const maxRounds = 5;

/**
 * - `done`: written, now or before. - `ignored`: about nothing of ours. - `overtaken`: something else was written after we had looked.
 */
export type Outcome = 'done' | 'ignored' | 'overtaken';

const appliers = { payment: applyPayment, dispute: applyDispute, subscription: applySubscription } as const;

/**
 * Brings what we keep in line with what Stripe knows now. Events are only the reason to look, so that their order does not matter; and
 * a state is written only where nothing was written since before it was asked for, so that no older one takes its place.
 *
 * @throws ApiError of Stripe and of the table: the event is to be tried again
 */
export const applyEvent = async (event: QueuedEvent, deadline: Deadline): Promise<void> => {
  const apply = appliers[event.kind];
  for (let round = 1; round <= maxRounds; round += 1) {
    const outcome = await apply(event, deadline);
    if (outcome === 'ignored')
      writeLog('INFO', 'an event of Stripe is about nothing of this backend', { eventId: event.id, type: event.type });
    if (outcome !== 'overtaken') return;
  }
  throw new ApiError('write_conflict', 'Other events about the same thing won.');
};
