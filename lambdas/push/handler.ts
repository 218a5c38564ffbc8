import { pushRoutes } from '../../contracts/push.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { pushActions } from './push-actions.ts';

/** The function behind `/push/*`. */
export const handler = defineHandler(pushRoutes, pushActions);
