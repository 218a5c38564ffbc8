import { dataRoutes } from '../../contracts/data.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { dataActions } from './data-actions.ts';

/** The function behind `/data/*`. */
export const handler = defineHandler(dataRoutes, dataActions);
