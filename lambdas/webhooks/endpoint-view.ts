import { ApiError } from '../../contracts/errors.ts';
import type { WebhookEndpoint } from '../../contracts/webhooks.ts';
import type { EndpointItem } from '../../contracts/webhooks-table.ts';
import { validSecrets } from './sign.ts';

export const noEndpoint = (): ApiError =>
  new ApiError('not_found', 'There is no such endpoint. GET /webhooks/endpoints lists those that there are.');

/** @throws ApiError `not_found` */
export const found = <T>(item: T | undefined): T => {
  if (item === undefined) throw noEndpoint();
  return item;
};

/** @throws ApiError `endpoint_disabled` */
export const assertEnabled = ({ enabled }: EndpointItem): void => {
  if (!enabled) throw new ApiError('endpoint_disabled', 'Nothing is sent to the endpoint. Enable it first: PATCH it with "enabled": true.');
};

/** An endpoint as it is shown: no secret, no value of a header. */
export const endpointView = (item: EndpointItem, nowMs: number = Date.now()): WebhookEndpoint => {
  const { sk, headers, secrets, url, description, events, enabled, disabledReason, failingSince } = item;
  return {
    id: sk,
    url,
    ...(description !== undefined && { description }),
    events,
    enabled,
    ...(disabledReason !== undefined && { disabledReason }),
    headerNames: Object.keys(headers).sort(),
    secrets: validSecrets(secrets, nowMs).map(({ createdAt, expiresAt }) => ({ createdAt, ...(expiresAt !== undefined && { expiresAt }) })),
    createdBy: item.createdBy,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    failures: item.failures,
    ...(failingSince !== undefined && { failingSince }),
  };
};
