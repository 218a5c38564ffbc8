import { defineFunction, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../analytics-app.ts';

export const handler = defineFunction<typeof definition, 'tell'>(async (run, ctx) => {
  if (run.kind === 'event') {
    const { accepted } = await ctx.analytics.record([{ type: 'order.paid', properties: { total: 1 } }]);
    console.log(`effect ${run.event.data.id} ${accepted}`);
    return;
  }
  const { as, events, options } = run.input;
  const { analytics } = as === 'caller' ? ctx.asCaller : ctx;
  try {
    return { result: await analytics.record(events as never, options) };
  } catch (error) {
    if (!(error instanceof PlinthError)) throw error;
    return { result: { status: error.status, code: error.code, errors: error.errors } };
  }
});
