import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../publish-app.ts';

export const handler = defineFunction<typeof definition, 'ask'>(async ({ input }, ctx) => {
  await ctx.queues.again.send(input);
  return {};
});
