import type { Action } from '../runtime/request.ts';
import { endpointView, found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';

/** GET: an endpoint. */
export const readWebhook: Action = async ({ path }) => ({ body: endpointView(found(await readEndpoint(readId(path['id'])))) });
