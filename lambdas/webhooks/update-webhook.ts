import { assertPublicHost, outboundUrl } from '../runtime/outbound-url.ts';
import type { Action } from '../runtime/request.ts';
import { checkEndpoint, lowerCased } from './check-endpoint.ts';
import { endpointView, found } from './endpoint-view.ts';
import { changeEndpoint, type EndpointChange } from './endpoints-store.ts';
import { readId } from './ids.ts';
import { readBody } from './read-body.ts';

/** Whoever enables an endpoint means it to be given time again. */
const enabling = (enabled: boolean): EndpointChange =>
  enabled ? { enabled, disabledReason: undefined, failures: 0, failingSince: undefined } : { enabled, disabledReason: 'admin' };

/** PATCH: changes an endpoint. */
export const updateWebhook: Action = async (request) => {
  const id = readId(request.path['id']);
  const input = readBody('updateWebhook', request);
  checkEndpoint(input);
  const url = input.url === undefined ? undefined : outboundUrl(input.url);
  if (url !== undefined) await assertPublicHost(url);
  const { description, events, enabled, headers } = input;
  const item = await changeEndpoint(id, {
    updatedAt: new Date().toISOString(),
    ...(url !== undefined && { url: url.href }),
    ...(description !== undefined && { description: description ?? undefined }),
    ...(events !== undefined && { events }),
    ...(headers !== undefined && { headers: lowerCased(headers) }),
    ...(enabled !== undefined && enabling(enabled)),
  });
  return { body: endpointView(found(item)) };
};
