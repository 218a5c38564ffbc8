import { defineFunction, FunctionError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

export const handler = defineFunction<typeof definition, 'guard'>((run) => {
  if (run.point === 'delete') {
    if (run.old.text === 'kept') throw new FunctionError('is_kept', 'This note stays.', 409);
    return;
  }
  const { text } = run.new;
  if (text === 'rude') throw new FunctionError('is_rude', 'Say it nicely.', 422);
  if (text === 'odd') throw new FunctionError('is_odd', 'Say it otherwise.', 404);
  if (text === 'breaks') throw new Error('the guard is broken');
  if (text === 'amended') return { amend: { text: `amended before ${run.point} for ${run.caller?.id}` } };
  return;
});
