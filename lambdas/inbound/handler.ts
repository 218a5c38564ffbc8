import { inboundRoutes } from '../../contracts/inbound.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { receiveInbound } from './receive-inbound.ts';

/** The function behind `/inbound/{name}`. */
export const handler = defineHandler(inboundRoutes, { receiveInbound });
