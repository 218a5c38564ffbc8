import { inboundRoutes } from '../../contracts/inbound.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { receiveWebhook } from './receive-webhook.ts';

/** The function behind `/inbound/{name}`. */
export const handler = defineHandler(inboundRoutes, { receiveWebhook });
