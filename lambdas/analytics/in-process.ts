import { analyticsRoutes } from '../../contracts/analytics.ts';
import { inProcess } from '../runtime/in-process.ts';
import { analyticsActions } from './analytics-actions.ts';

/** `/analytics/*` inside a function of the backend. */
export const inProcessAnalytics = inProcess(analyticsRoutes, analyticsActions);
