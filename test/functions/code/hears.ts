import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../publish-app.ts';

export const handler = defineFunction<typeof definition, 'hears'>(async ({ event }, ctx) => {
  ctx.log.info(`effect ${event.type} ${event.data.orderId} as ${event.id}`);
});
