import { type PaidItem, paymentsLimits } from '../../contracts/payments.ts';

// What Stripe keeps of an order for us, and gives back with the payment: texts of up to 500 characters by name.

const itemName = (index: number): string => `item${index}`;

/** The order as metadata of a payment. */
export const orderMetadata = (
  userId: string,
  items: readonly PaidItem[],
  reference: string | undefined,
): Readonly<Record<string, string>> => ({
  userId,
  ...(reference !== undefined && { reference }),
  ...Object.fromEntries(items.map(({ id, quantity, amount }, index) => [itemName(index), `${quantity} ${amount} ${id}`])),
});

/** Reads it back. What is not in that form, since somebody has changed it at Stripe, is left out. */
export const readOrder = (
  metadata: Readonly<Record<string, string>>,
): { readonly items: readonly PaidItem[]; readonly reference?: string } => {
  const items = Array.from({ length: paymentsLimits.itemsPerCheckout }, (_, index) => metadata[itemName(index)] ?? '').flatMap((text) => {
    const [, quantity, amount, id] = /^([0-9]{1,9}) ([0-9]{1,15}) (.+)$/.exec(text) ?? [];
    return id === undefined ? [] : [{ id, quantity: Number(quantity), amount: Number(amount) }];
  });
  const { reference } = metadata;
  return { items, ...(reference !== undefined && { reference }) };
};
