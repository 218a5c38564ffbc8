import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../messages-app.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = defineFunction<typeof definition, 'clock'>(async ({ dueAt }, ctx) => {
  ctx.log.info(`effect begins ${dueAt} done`);
  // Whoever comes meanwhile may come late, on a machine that has much to do.
  await pause(dueAt === 'first' ? 5_000 : 1_000);
  ctx.log.info(`effect ends ${dueAt} done`);
});
