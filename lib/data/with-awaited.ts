import type { Models } from '../../contracts/backend.ts';
import type { CompiledModel } from '../../contracts/compiled.ts';
import type { AnyModel } from '../../contracts/model.ts';
import type { ModelSchema } from '../schema-change/backend-schema.ts';
import { awaitedBackfill, describeModel } from '../schema-change/describe-models.ts';
import { compileFields } from './compile-fields.ts';
import type { CompiledModels } from './compile-models.ts';

/** Models with what their old records lack, and their schemas. */
export interface AwaitedModels {
  readonly compiled: CompiledModels;
  readonly schemas: Readonly<Record<string, ModelSchema>>;
}

/** The schemas as they were declared: without what an index asks of its fields, which no stored record is refused for. */
const propertiesOf = (model: AnyModel, name: string) => compileFields(model, `data.models.${name}`).schemas.create.properties ?? {};

/** Adds to models what the records lack that were stored under the accepted ones. */
export const withAwaited = (compiled: CompiledModels, models: Models, accepted: Readonly<Record<string, ModelSchema>>): AwaitedModels => {
  const former = new Map(Object.entries(accepted).map(([name, model]) => [model.storedAs ?? name, model]));
  const entries = Object.entries(compiled.data.models).map(([name, model]): readonly [string, CompiledModel, ModelSchema] => {
    const schema = describeModel({ model, properties: propertiesOf(models[name] as AnyModel, name) });
    const awaited = awaitedBackfill(former.get(model.storedAs ?? name), schema, model.indexes);
    return awaited === undefined ? [name, model, schema] : [name, { ...model, awaited }, { ...schema, awaited }];
  });
  return {
    compiled: { ...compiled, data: { ...compiled.data, models: Object.fromEntries(entries.map(([name, model]) => [name, model])) } },
    schemas: Object.fromEntries(entries.map(([name, , schema]) => [name, schema])),
  };
};
