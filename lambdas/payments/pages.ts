import { type PaymentChange, type PaymentsPage, paymentsLimits } from '../../contracts/payments.ts';
import type { PaymentItem } from '../../contracts/payments-table.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { readLimit } from '../runtime/read-parameters.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { createCursorSeal } from '../runtime/sealed-cursor.ts';
import { paymentView } from './payment-view.ts';
import { type List, loadCursorKey, type Position, readPage } from './payments-store.ts';

const cursors = createCursorSeal(loadCursorKey);

/**
 * One page of payments. A cursor is good for this list and this caller only.
 *
 * @throws ApiError `validation_failed`, `invalid_cursor`
 */
export const readPayments = async (
  { caller, routeKey }: ApiRequest,
  list: List,
  asked: { readonly limit?: string | undefined; readonly cursor?: string | undefined },
): Promise<PaymentsPage<PaymentChange>> => {
  const limit = readLimit(asked.limit, paymentsLimits.pageSize);
  const binding = JSON.stringify([routeKey, list.partition, callerKey(caller)]);
  const after = asked.cursor === undefined ? undefined : ((await cursors.open(binding, asked.cursor)) as Position);
  const { items, last } = await readPage<PaymentItem & Position>(list, { limit, after });
  return { items: items.map(paymentView), ...(last !== undefined && { cursor: await cursors.seal(binding, last) }) };
};
