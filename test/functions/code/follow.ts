import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

/** Counts new notes, as the system, for the user who made them. */
export const handler = defineFunction<typeof definition, 'follow'>(async ({ event }, ctx) => {
  const { id } = event.data;
  await ctx.data.Audit.create({ noteId: id, what: event.type, owner: 'the-auditor' });
  const acting = await Promise.resolve()
    .then(() => ctx.asCaller)
    .then(
      () => 'acts as a caller',
      (error: Error) => error.message,
    );
  ctx.log.info(`effect followed ${id} ${ctx.user?.id} ${acting} done`);
});
