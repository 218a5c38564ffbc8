import { analyticsRoutes } from '../../contracts/analytics.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { readConsent, setConsent } from './consent.ts';
import { recordEvents } from './record-events.ts';

/** The function behind `/analytics/*`. */
export const handler = defineHandler(analyticsRoutes, { recordEvents, readConsent, setConsent });
