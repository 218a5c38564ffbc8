import type { Action } from '../runtime/request.ts';
import { noEndpoint } from './endpoint-view.ts';
import { deleteEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';

/** DELETE: an endpoint. What waits for it finds it gone. */
export const deleteWebhook: Action = async ({ path }) => {
  if (!(await deleteEndpoint(readId(path['id'])))) throw noEndpoint();
  return {};
};
