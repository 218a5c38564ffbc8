import { defineFunction, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../analytics-app.ts';

const failed = new Set<string>();

export const handler = defineFunction<typeof definition, 'tell'>(async (run, ctx) => {
  if (run.kind === 'event') {
    const { accepted } = await ctx.analytics.record([{ type: 'order.paid', properties: { total: run.event.data.new?.total ?? 0 } }]);
    console.log(`effect ${run.event.data.id} ${accepted}`);
    if (run.event.data.new?.total === 2 && !failed.has(run.event.id)) {
      failed.add(run.event.id);
      throw new Error('fails once');
    }
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
