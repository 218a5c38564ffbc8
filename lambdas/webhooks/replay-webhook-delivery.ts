import { webhooks } from '@compiled/webhooks';
import { ApiError } from '../../contracts/errors.ts';
import type { Action } from '../runtime/request.ts';
import { beginReplay, readDelivery } from './deliveries-store.ts';
import { deliveryView, foundDelivery } from './delivery-view.ts';
import { assertEnabled, found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';
import { queueDeliveries } from './queues-client.ts';

const refusals = {
  sending: () => new ApiError('in_progress', 'The delivery is being sent. Look at what comes of it, then try again.'),
  gone: () => new ApiError('not_found', 'What the delivery sent has left the log.'),
} as const;

/** POST: sends a delivery again, now. */
export const replayWebhookDelivery: Action = async ({ path }) => {
  const endpointId = readId(path['id']);
  const deliveryId = readId(path['delivery']);
  const [endpoint, delivery] = await Promise.all([readEndpoint(endpointId), readDelivery(endpointId, deliveryId)]);
  assertEnabled(found(endpoint));
  const item = foundDelivery(delivery);
  const nowMs = Date.now();
  const refusal = await beginReplay({ endpointId, item, nowMs, expiresAt: Math.ceil(nowMs / 1_000) + webhooks.logDays * 86_400 });
  if (refusal !== undefined) throw refusals[refusal]();
  await queueDeliveries([{ endpointId, deliveryId, attempted: item.attempted }]);
  return { body: deliveryView(endpointId, { ...item, status: 'pending', nextAttemptMs: nowMs }) };
};
