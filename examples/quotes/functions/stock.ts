import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { backend } from '../backend.ts';

export const handler = defineFunction<typeof backend, 'stock'>(async (run, ctx) => {
  if (run.kind === 'schedule') {
    const { items } = await ctx.data.Product.list({ filter: { stock: { lt: 10 } }, sort: 'stock', limit: 100 });
    ctx.log.info('products are running low', { names: items.map(({ name }) => name) });
    return;
  }
  const { productId, count } = run.event.data.new ?? {};
  if (productId === undefined || count === undefined) return;
  await ctx.data.Product.update(productId, { stock: { increment: -count } });
});
