import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../messages-app.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = defineFunction<typeof definition, 'worker'>(async ({ message, attempt }, ctx) => {
  if (message.mode === 'poison') throw new Error('poison');
  if (message.mode === 'late' && attempt < 2) throw new Error('not yet');
  if (message.mode === 'odd') {
    // What a batch handler would have to say is of no meaning here.
    ctx.log.info(`effect odd ${message.id} done`);
    return null as never;
  }
  if (message.mode === 'hangs' && attempt < 2) await new Promise(() => undefined);
  await pause(5);
  ctx.log.info(`effect ${message.mode} ${message.id} done`);
});
