import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

export const handler = defineFunction<typeof definition, 'arrivals'>(async ({ event }, ctx) => {
  if (event.type === 'user.confirmed') {
    ctx.log.info(`effect confirmed ${event.data.userId} done`);
    return;
  }
  const { id, folder, owner } = event.data;
  const file = await ctx.files.avatars.read(id);
  ctx.log.info(`effect arrived ${folder} ${owner} ${file.status} done`);
});
