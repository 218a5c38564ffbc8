import type { paymentsRoutes } from '../../contracts/payments.ts';
import type { Actions } from '../runtime/run-route.ts';
import { createCheckout } from './create-checkout.ts';
import { createPortal } from './create-portal.ts';
import { listPayments } from './list-payments.ts';
import { readOwnPayments } from './read-own-payments.ts';
import { receiveWebhook } from './receive-webhook.ts';

/** The code of each route of payments. */
export const paymentsActions = {
  createCheckout,
  createPortal,
  readOwnPayments,
  listPayments,
  receiveWebhook,
} as const satisfies Actions<typeof paymentsRoutes>;
