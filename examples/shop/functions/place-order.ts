import { defineFunction, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { backend } from '../backend.ts';

/** The run before this one was cut off after the order had been written. */
const unlessPlaced = (error: unknown): void => {
  if (!(error instanceof PlinthError && error.code === 'already_exists')) throw error;
};

export const handler = defineFunction<typeof backend, 'placeOrder'>(async ({ event }, ctx) => {
  const { id, userId, items, amount, currency } = event.data;
  // Subscriptions are paid without items.
  if (items.length === 0) return;
  const results = await ctx.batch.read(items.map((item) => ({ model: 'Product', id: item.id })));
  // What has been deleted since is still sold, at the price that was paid.
  const titles = new Map(results.flatMap((result) => (result.ok ? [[result.record.id, result.record.title]] : [])));
  const order = {
    id,
    items: items.map((item) => ({
      productId: item.id,
      title: titles.get(item.id) ?? 'Product',
      quantity: item.quantity,
      priceCents: item.amount,
    })),
    totalCents: amount,
    currency,
    day: event.time.slice(0, 10),
  };
  // The order belongs to the buyer, who caused the event. All of it is written, or nothing, and once, since its id is that of the payment.
  await ctx
    .transaction((tx) => [
      tx.Order.create(order),
      ...items.filter((item) => titles.has(item.id)).map((item) => tx.Product.update(item.id, { stock: { increment: -item.quantity } })),
    ])
    .catch(unlessPlaced);

  // What is put into the cart later stays, also when this runs again.
  const { items: cart } = await ctx.data.CartItem.list({ filter: { owner: userId, createdAt: { lt: event.time } }, limit: 100 });
  if (cart.length > 0) await ctx.batch.write((write) => cart.map((item) => write.CartItem.delete(item.id)));
});
