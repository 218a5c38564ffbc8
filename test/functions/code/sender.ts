import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../messages-app.ts';

export const handler = defineFunction<typeof definition, 'sender'>(async ({ input }, ctx) => {
  if (input.forbidden) await (ctx.events.publish as (type: string, data: unknown) => Promise<void>)('order.cancelled', {});
  for (const orderId of input.orders) await ctx.events.publish('order.shipped', { orderId });
  for (const message of input.messages) await ctx.queues.worker.send(message, { delaySeconds: input.delaySeconds });
  return {};
});
