import { newId } from '../runtime/new-id.ts';
import type { Action } from '../runtime/request.ts';
import { deliveryView, foundDelivery } from './delivery-view.ts';
import { assertEnabled, found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { keepDeliveries, sendKept } from './fan-out.ts';
import { readId } from './ids.ts';

/** POST: sends an event that means nothing, whatever the endpoint listens to. */
export const testWebhook: Action = async ({ path }) => {
  const id = readId(path['id']);
  const endpoint = found(await readEndpoint(id));
  assertEnabled(endpoint);
  const event = { id: newId(), type: 'webhook.test', time: new Date().toISOString(), data: { endpointId: id } };
  const kept = await keepDeliveries(event, [endpoint]);
  await sendKept(kept);
  return { body: deliveryView(id, foundDelivery(kept[0]?.item)) };
};
