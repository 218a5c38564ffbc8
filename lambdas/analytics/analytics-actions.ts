import type { analyticsRoutes } from '../../contracts/analytics.ts';
import type { InProcessActions } from '../runtime/in-process.ts';
import { readConsent, setConsent } from './consent.ts';
import { recordEvents } from './record-events.ts';

/** The code of each route of analytics. */
export const analyticsActions = { recordEvents, readConsent, setConsent } as const satisfies InProcessActions<typeof analyticsRoutes>;
