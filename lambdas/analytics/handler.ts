import { analyticsRoutes } from '../../contracts/analytics.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { analyticsActions } from './analytics-actions.ts';

/** The function behind `/analytics/*`. */
export const handler = defineHandler(analyticsRoutes, analyticsActions);
