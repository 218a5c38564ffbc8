import { ApiError } from '../../contracts/errors.ts';
import type { WebhookDelivery } from '../../contracts/webhooks.ts';
import type { DeliveryItem } from '../../contracts/webhooks-table.ts';

/** @throws ApiError `not_found` */
export const foundDelivery = (item: DeliveryItem | undefined): DeliveryItem => {
  if (item === undefined) throw new ApiError('not_found', 'There is no such delivery, or it has left the log.');
  return item;
};

/** A delivery as it is shown. */
export const deliveryView = (endpointId: string, item: DeliveryItem): WebhookDelivery => {
  const { sk, messageId, type, status, createdAt, attempts, attempted, nextAttemptMs } = item;
  return {
    id: sk,
    endpointId,
    messageId,
    type,
    status,
    createdAt,
    ...(status === 'pending' && nextAttemptMs !== undefined && { nextAttemptAt: new Date(nextAttemptMs).toISOString() }),
    attempts,
    ...(attempted > attempts.length && { attemptsLeftOut: attempted - attempts.length }),
  };
};
