import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../messages-app.ts';

interface Fault {
  readonly code?: string;
  readonly errors?: unknown;
}

type Send = (message: unknown, options: { readonly delaySeconds: number }) => Promise<void>;

export const handler = defineFunction<typeof definition, 'sender'>(async ({ input }, ctx) => {
  if (input.forbidden) await (ctx.events.publish as (type: string, data: unknown) => Promise<void>)('order.cancelled', {});
  for (const orderId of input.orders) await ctx.events.publish('order.shipped', { orderId });
  const send = ctx.queues.worker.send as Send;
  try {
    for (const message of input.messages) await send(message, { delaySeconds: input.delaySeconds });
  } catch (thrown) {
    const { code, errors } = thrown as Fault;
    if (code === undefined) throw thrown;
    return { fault: { code, errors } };
  }
  return {};
});
