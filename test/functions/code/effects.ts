import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../messages-app.ts';

/** Tells what was done, for the test. */
const effectOf = (what: string): string => `effect ${what} done`;

export const handler = defineFunction<typeof definition, 'effects'>(async (run, ctx) => {
  const { event } = run;
  if (event.type === 'order.shipped') {
    ctx.log.info(effectOf(`shipped ${event.data.orderId} by ${event.actor} at ${event.depth}`));
    return;
  }
  const { new: after, old: before } = event.data;
  if (after?.text === 'fails once' && !failed.has(event.id)) {
    failed.add(event.id);
    throw new Error('fails once');
  }
  ctx.log.info(effectOf(`${event.type} ${before?.text} to ${after?.text}`));
});

const failed = new Set<string>();
