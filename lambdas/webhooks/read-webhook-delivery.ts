import type { WebhookDeliveryWithBody } from '../../contracts/webhooks.ts';
import type { Action } from '../runtime/request.ts';
import { readDelivery, readMessage } from './deliveries-store.ts';
import { deliveryView, foundDelivery } from './delivery-view.ts';
import { readId } from './ids.ts';

/** GET: a delivery, and what it sends. */
export const readWebhookDelivery: Action = async ({ path }) => {
  const endpointId = readId(path['id']);
  const item = foundDelivery(await readDelivery(endpointId, readId(path['delivery'])));
  const message = await readMessage(item.messageId);
  const body: WebhookDeliveryWithBody = {
    ...deliveryView(endpointId, item),
    ...(message !== undefined && { body: JSON.parse(message.body) as NonNullable<WebhookDeliveryWithBody['body']> }),
  };
  return { body };
};
