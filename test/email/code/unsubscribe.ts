import { defineFunction, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../newsletter-app.ts';

export const handler = defineFunction<typeof definition, 'unsubscribe'>(async (run, ctx) => {
  try {
    await ctx.data.Subscription.delete(run.path.token);
  } catch (error) {
    // Whoever has unsubscribed before has what they want; 204 does not tell which tokens there are.
    const isGone = error instanceof PlinthError && (error.code === 'not_found' || error.code === 'invalid_id');
    if (!isGone) throw error;
  }
});
