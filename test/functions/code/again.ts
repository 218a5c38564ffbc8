import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../publish-app.ts';

/** Tells the same twice, then something else at each try, and fails at the first. */
export const handler = defineFunction<typeof definition, 'again'>(async ({ message: { id }, attempt }, ctx) => {
  const same = { orderId: id };
  await Promise.all([ctx.events.publish('order.shipped', same), ctx.events.publish('order.shipped', same)]);
  await ctx.events.publish('order.shipped', { orderId: `${id} at try ${attempt}` });
  if (attempt === 1) throw new Error('fails once');
});
