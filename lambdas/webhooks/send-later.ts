import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { queueLater } from './queues-client.ts';
import { scheduleDelivery } from './schedules-store.ts';

/** The longest delay of a message of SQS; what is further off costs a schedule. */
const maxQueueDelaySeconds = 900;

/** Has a delivery sent at a time. It may be asked for more than once: a message of the past does nothing. */
export const sendLater = (delivery: QueuedDelivery, atMs: number): Promise<void> => {
  const seconds = Math.max(0, Math.ceil((atMs - Date.now()) / 1_000));
  return seconds <= maxQueueDelaySeconds ? queueLater(delivery, seconds) : scheduleDelivery(delivery, atMs);
};
