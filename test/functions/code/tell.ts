import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../publish-app.ts';

export const handler = defineFunction<typeof definition, 'tell'>(async ({ input: { events, together } }, ctx) => {
  try {
    if (together) await ctx.events.publishAll(events as never);
    else for (const { type, data, key } of events) await ctx.events.publish(type as 'order.paid', data as never, { key });
    return { fault: null };
  } catch (error) {
    const { code, message, errors } = error as { readonly code?: string; readonly message: string; readonly errors?: unknown };
    return { fault: { code, message, errors } };
  }
});
