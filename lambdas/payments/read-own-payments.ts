import type { OwnPayments } from '../../contracts/payments.ts';
import { paymentsTable, type SubscriptionItem } from '../../contracts/payments-table.ts';
import { readParameters } from '../runtime/read-parameters.ts';
import type { UserAction } from '../runtime/request.ts';
import { readPayments } from './pages.ts';
import { subscriptionView } from './payment-view.ts';
import { type Position, readPage } from './payments-store.ts';

/** More than anybody has: those that have ended stay in the list. */
const maxSubscriptions = 100;

/** GET: the subscriptions of the caller, and a page of payments. */
export const readOwnPayments: UserAction = async (request) => {
  const asked = readParameters(request.query, ['limit', 'cursor']);
  const list = { index: paymentsTable.byUser, partition: request.caller.id } as const;
  const [payments, subscriptions] = await Promise.all([
    readPayments(request, { ...list, prefix: 'P#' }, asked),
    readPage<SubscriptionItem & Position>({ ...list, prefix: 'S#' }, { limit: maxSubscriptions }),
  ]);
  const items = payments.items.map(({ userId, ...payment }) => payment);
  const body: OwnPayments = { subscriptions: subscriptions.items.map(subscriptionView), payments: { ...payments, items } };
  return { body };
};
