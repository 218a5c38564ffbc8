import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

/** Changes what it hears of. */
export const handler = defineFunction<typeof definition, 'loop'>(async ({ event }, ctx) => {
  await ctx.data.Lap.update(event.data.id, { count: { increment: 1 } });
});
