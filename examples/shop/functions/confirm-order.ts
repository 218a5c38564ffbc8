import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { backend } from '../backend.ts';

export const handler = defineFunction<typeof backend, 'confirmOrder'>(async ({ event }, ctx) => {
  const { id, owner, items, totalCents, currency } = await ctx.data.Order.read(event.data.id);
  const price = (cents: number): string => `${(cents / 100).toFixed(2)} ${currency.toUpperCase()}`;
  const lines = items.map(({ title, quantity, priceCents }) => `${quantity} × ${title}: ${price(quantity * priceCents)}`).join('\n');
  // With the key, a second run sends no second receipt.
  await ctx.email.send(
    { to: [{ userId: owner }], template: { name: 'receipt', values: { number: id, lines, total: price(totalCents) } } },
    { idempotencyKey: `receipt-${id}` },
  );
  await ctx.events.publish('order.placed', { orderId: id, owner, totalCents, currency });
});
