import type { Functions } from '../../contracts/functions.ts';
import type { HookPoint } from '../../contracts/hooks.ts';

/** What `Auth` is told where a function is asked before somebody registers. */
export const signUpHookOf = (functions: Functions = {}): { readonly beforeSignUp?: 'later' } => {
  const asks = Object.values(functions).some(({ options }) =>
    options.on.some((trigger) => trigger.kind === 'hook' && trigger.point === 'signUp'),
  );
  return asks ? { beforeSignUp: 'later' } : {};
};

/** The hooks that functions are of models, by model. The functions themselves are made after the data that they use. */
export const hooksOf = (functions: Functions = {}): Readonly<Record<string, Readonly<Partial<Record<HookPoint, 'later'>>>>> => {
  const hooks: Record<string, Partial<Record<HookPoint, 'later'>>> = {};
  for (const trigger of Object.values(functions).flatMap(({ options }) => options.on)) {
    if (trigger.kind === 'hook' && trigger.point !== 'signUp') hooks[trigger.model] = { ...hooks[trigger.model], [trigger.point]: 'later' };
  }
  return hooks;
};
