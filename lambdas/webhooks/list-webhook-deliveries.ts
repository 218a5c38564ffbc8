import { type WebhookStatus, webhookLimits, webhookStatuses } from '../../contracts/webhooks.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { parameterFault, readLimit, readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { cursors } from './cursors.ts';
import { deliveryView } from './delivery-view.ts';
import { found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';
import { readLog } from './log-store.ts';
import { readOn } from './read-on.ts';

const readStatus = (text: string | undefined): WebhookStatus | undefined => {
  if (text === undefined) return undefined;
  const status = webhookStatuses.find((each) => each === text);
  if (status !== undefined) return status;
  throw validationError([parameterFault('status', 'invalid_value', `Expected one of ${webhookStatuses.join(', ')}.`)]);
};

/** GET: what was sent to an endpoint, the newest first. Only where there is nothing is the endpoint itself looked at. */
export const listWebhookDeliveries: Action = async ({ path, query, caller, routeKey, remainingMs }) => {
  const id = readId(path['id']);
  const given = readParameters(query, ['status', 'limit', 'cursor']);
  const status = readStatus(given.status);
  const wanted = readLimit(given.limit, webhookLimits.pageSize);
  const binding = JSON.stringify([routeKey, id, status, callerKey(caller)]);
  const after = given.cursor === undefined ? undefined : String(await cursors.open(binding, given.cursor));
  // Where all are asked for, one more tells whether there is a next page.
  const { items, last } = await readOn(
    (limit, from) => readLog({ endpointId: id, limit: status === undefined ? wanted + 1 : limit, after: from }, status),
    { wanted, after, remainingMs },
  );
  if (items.length === 0 && after === undefined) found(await readEndpoint(id));
  return {
    body: {
      items: items.map((item) => deliveryView(id, item)),
      ...(last !== undefined && { cursor: await cursors.seal(binding, last) }),
    },
  };
};
