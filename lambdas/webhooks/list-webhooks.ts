import type { Action } from '../runtime/request.ts';
import { endpointView } from './endpoint-view.ts';
import { listEndpoints } from './endpoints-store.ts';

/** GET: all endpoints. */
export const listWebhooks: Action = async () => {
  const items = await listEndpoints();
  return { body: { items: items.map((item) => endpointView(item)) } };
};
