import { webhooks } from '@compiled/webhooks';
import { ApiError } from '../../contracts/errors.ts';
import type { WebhookEndpointWithSecret } from '../../contracts/webhooks.ts';
import type { EndpointItem } from '../../contracts/webhooks-table.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { newId } from '../runtime/new-id.ts';
import { assertPublicHost, outboundUrl } from '../runtime/outbound-url.ts';
import type { Action } from '../runtime/request.ts';
import { checkEndpoint, lowerCased } from './check-endpoint.ts';
import { endpointView } from './endpoint-view.ts';
import { countEndpoints, putEndpoint } from './endpoints-store.ts';
import { readBody } from './read-body.ts';
import { newSecret } from './sign.ts';

/** POST: adds an endpoint. The answer is the only one that shows its secret. */
export const createWebhook: Action = async (request) => {
  const input = readBody('createWebhook', request);
  checkEndpoint(input);
  const url = outboundUrl(input.url);
  await assertPublicHost(url);
  if ((await countEndpoints()) >= webhooks.maxEndpoints) {
    throw new ApiError('too_many_endpoints', `There are ${webhooks.maxEndpoints} endpoints, and no more may be. Delete one first.`);
  }
  const nowMs = Date.now();
  const now = new Date(nowMs).toISOString();
  const { description, events = ['*'], enabled = true, headers = {} } = input;
  const secret = newSecret();
  const item: EndpointItem = {
    sk: newId(nowMs),
    url: url.href,
    ...(description !== undefined && { description }),
    events,
    enabled,
    ...(!enabled && { disabledReason: 'admin' }),
    headers: lowerCased(headers),
    secrets: [{ secret, createdAt: now }],
    createdBy: callerKey(request.caller) ?? '',
    createdAt: now,
    updatedAt: now,
    failures: 0,
  };
  await putEndpoint(item);
  const body: WebhookEndpointWithSecret = { ...endpointView(item, nowMs), secret };
  return { body, headers: { location: `/webhooks/endpoints/${item.sk}` } };
};
