import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { type HookPoint, hookPoints } from '../../contracts/hooks.ts';
import { hookVariable } from '../../contracts/variables.ts';
import type { CompiledModels } from './compile-models.ts';

/** The functions that are asked before the writes of a model. `later`: given with {@link Data.connectHook}, since it is made after the data. */
export type ModelHooks = Readonly<Partial<Record<HookPoint, IFunction | 'later'>>>;

type Hooked = Readonly<Record<string, Pick<CompiledModel, 'hooks'>>>;

/** Whether somebody is asked before writes of any of these models. */
export const hasHooks = (models: Hooked): boolean => Object.values(models).some(({ hooks }) => Object.keys(hooks ?? {}).length > 0);

/** Whether a function is asked at this point. */
export const isPoint = (name: string): name is HookPoint => hookPoints.some((point) => point === name);

const checkHooks = (hooks: Readonly<Record<string, object | undefined>>, models: readonly string[]): void => {
  for (const [name, points] of Object.entries(hooks)) {
    if (!models.includes(name)) {
      throw new Error(`hooks names ${JSON.stringify(name)}, which is no model: use one of ${models.join(', ')}`);
    }
    const unknown = Object.keys(points ?? {}).find((point) => !isPoint(point));
    if (unknown !== undefined) throw new Error(`hooks.${name} has ${JSON.stringify(unknown)}: use ${hookPoints.join(', ')}`);
  }
};

/**
 * The models with the hooks that they have.
 *
 * @throws Error for a hook of what is no model, or at what is no point
 */
export const withHooks = (compiled: CompiledModels, hooks: Readonly<Record<string, ModelHooks | undefined>>): CompiledModels => {
  checkHooks(hooks, Object.keys(compiled.data.models));
  const models = Object.entries(compiled.data.models).map(([name, model]): [string, CompiledModel] => {
    const own = Object.entries(hooks[name] ?? {}).flatMap(([point, target]) =>
      target !== undefined && isPoint(point) ? [[point, hookVariable(name, point)] as const] : [],
    );
    return [name, own.length === 0 ? model : { ...model, hooks: Object.fromEntries(own) }];
  });
  return { ...compiled, data: { ...compiled.data, models: Object.fromEntries(models) } };
};
