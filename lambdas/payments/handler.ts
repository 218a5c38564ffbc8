import { paymentsRoutes } from '../../contracts/payments.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { paymentsActions } from './payments-actions.ts';

/** The function behind `/payments/*`. */
export const handler = defineHandler(paymentsRoutes, paymentsActions);
