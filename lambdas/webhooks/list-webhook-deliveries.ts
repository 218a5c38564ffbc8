import { webhookLimits } from '../../contracts/webhooks.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { readLimit, readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { createCursorSeal } from '../runtime/sealed-cursor.ts';
import { listDeliveries, loadCursorKey } from './deliveries-store.ts';
import { deliveryView } from './delivery-view.ts';
import { found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';

const cursors = createCursorSeal(loadCursorKey);

/** GET: what was sent to an endpoint, the newest first. Only where there is nothing is the endpoint itself looked at. */
export const listWebhookDeliveries: Action = async ({ path, query, caller, routeKey }) => {
  const id = readId(path['id']);
  const { limit: size, cursor } = readParameters(query, ['limit', 'cursor']);
  const limit = readLimit(size, webhookLimits.pageSize);
  const binding = JSON.stringify([routeKey, id, callerKey(caller)]);
  const after = cursor === undefined ? undefined : String(await cursors.open(binding, cursor));
  const { items, last } = await listDeliveries(id, limit, after);
  if (items.length === 0 && after === undefined) found(await readEndpoint(id));
  return {
    body: {
      items: items.map((item) => deliveryView(id, item)),
      ...(last !== undefined && { cursor: await cursors.seal(binding, last) }),
    },
  };
};
