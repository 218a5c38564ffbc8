import { payments } from '@compiled/payments';
import { idPattern } from '../../contracts/data.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { type CheckoutItem, type PaidItem, paymentsLimits } from '../../contracts/payments.ts';
import type { FixedProduct } from '../../contracts/payments-options.ts';
import { authorize } from '../runtime/authorize.ts';
import { livePredicate } from '../runtime/live-predicate.ts';
import { matches, toPredicate } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import type { Attributes } from '../runtime/stored-record.ts';
import { validationError } from '../runtime/validate-body.ts';
import { readProducts } from './products-store.ts';

/** What is bought, and what the checkout page calls it. */
export interface PricedItem extends PaidItem {
  readonly name: string;
}

const recordId = new RegExp(idPattern);
/** Stripe's own bound of a product's name is not documented; its page shows far less. */
const maxNameLength = 250;

const { catalog, products, maxQuantity } = payments;

const productOf = (record: Attributes | undefined, caller: Caller): FixedProduct | undefined => {
  if (catalog === undefined || record === undefined) return undefined;
  const { model, when } = catalog;
  const live = livePredicate(model, Date.now());
  if (live !== undefined && !matches(live, record)) return undefined;
  if (authorize(model.rules, 'get', caller, record) !== 'allowed') return undefined;
  if (when !== undefined && !matches(toPredicate(when), record)) return undefined;
  const { [catalog.price]: amount, [catalog.name]: name } = record;
  const isPrice = typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 1;
  return isPrice && typeof name === 'string' && name.trim() !== '' ? { amount, name: name.slice(0, maxNameLength) } : undefined;
};

const faultsOf = (items: readonly CheckoutItem[]): readonly FieldError[] => {
  const seen = new Set<string>();
  return items.flatMap(({ id, quantity }, index): readonly FieldError[] => {
    const isSecond = seen.has(id);
    seen.add(id);
    const at = `/items/${index}`;
    return [
      ...(isSecond ? [{ pointer: `${at}/id`, code: 'duplicate', detail: 'Name a product once, with its whole quantity.' }] : []),
      ...(quantity > maxQuantity ? [{ pointer: `${at}/quantity`, code: 'too_large', detail: `Must be ${maxQuantity} or less.` }] : []),
    ];
  });
};

const notForSale = (indexes: readonly number[]): ApiError =>
  new ApiError('not_found', 'There is no such product, or it is not for sale. Leave it out of the checkout.', {
    errors: indexes.map((index) => ({ pointer: `/items/${index}/id`, code: 'not_found', detail: 'It is not for sale.' })),
  });

const assertPayable = (items: readonly PricedItem[]): void => {
  const total = items.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0);
  if (total <= paymentsLimits.maxAmount) return;
  throw validationError([
    { pointer: '/items', code: 'too_large', detail: `Together they cost more than ${paymentsLimits.maxAmount}: buy less at a time.` },
  ]);
};

/**
 * Finds what items cost: by the records of the catalog that the caller may read, or by the fixed prices. Nothing of a price comes
 * from the request.
 *
 * @throws ApiError `validation_failed`; `not_found` for what is not there, what the caller may not read and what is not for sale alike
 */
export const priceItems = async (items: readonly CheckoutItem[], caller: Caller): Promise<readonly PricedItem[]> => {
  const faults = faultsOf(items);
  if (faults.length > 0) throw validationError(faults);
  const ids = items.map(({ id }) => id).filter((id) => catalog !== undefined && recordId.test(id));
  const records = await readProducts(ids);
  const found = items.map(({ id }) => (Object.hasOwn(products, id) ? products[id] : productOf(records.get(id), caller)));
  const missing = found.flatMap((product, index) => (product === undefined ? [index] : []));
  if (missing.length > 0) throw notForSale(missing);
  const priced = items.flatMap(({ id, quantity }, index) => {
    const product = found[index];
    return product === undefined ? [] : [{ id, quantity, amount: product.amount, name: product.name }];
  });
  assertPayable(priced);
  return priced;
};
