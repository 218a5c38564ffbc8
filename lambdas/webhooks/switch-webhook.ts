import { ApiError } from '../../contracts/errors.ts';
import type { Action } from '../runtime/request.ts';
import { updateWebhook } from './update-webhook.ts';

/** PATCH of whoever looks after the backend: switches an endpoint on or off. Where events go is a matter of admins. */
export const switchWebhook: Action = async (request) => {
  const other = Object.keys(request.body ?? {}).find((name) => name !== 'enabled');
  if (other === undefined) return updateWebhook(request);
  throw new ApiError('forbidden', 'Only `enabled` can be changed so. Members of the admin group change the rest, over HTTP.');
};
