import { jsonModule } from '../api/compiled-module.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { hasHooks } from './compile-hooks.ts';
import type { CompiledModels } from './compile-models.ts';
import { dataRequestSchemas } from './data-schemas.ts';

const operations = ['create', 'replace', 'update', 'operators'] as const;

/** The validators of a model, by operation: the name of the export and its schema. Equal schemas share one validator. */
const validatorsOf = (name: string, schemas: CompiledModels['schemas'][string] | undefined) => {
  const bySchema = new Map<string, string>();
  return operations.flatMap((operation) => {
    const schema = schemas?.[operation];
    if (schema === undefined) return [];
    const text = JSON.stringify(schema);
    const exported = bySchema.get(text) ?? `${name}_${operation}`;
    bySchema.set(text, exported);
    return [{ operation, exported, schema }];
  });
};

/** What asks hooks is in the bundle only where there are any. */
const hooksModule = (asksHooks: boolean): string =>
  asksHooks
    ? `export { callHook } from ${JSON.stringify(lambdaEntry('runtime/hooks-client.ts'))};\n`
    : 'export const callHook = undefined;\n';

/**
 * The source of `@compiled/data`.
 *
 * @param asksHooks whether the function asks the hooks of its models, where they have any
 */
export const dataModule = ({ data, schemas }: CompiledModels, asksHooks = true): string => {
  const models = Object.keys(schemas).map((name) => ({ name, validators: validatorsOf(name, schemas[name]) }));
  const requests = dataRequestSchemas();
  const byExport: Record<string, JsonSchema> = { ...requests };
  for (const { exported, schema } of models.flatMap(({ validators }) => validators)) byExport[exported] ??= schema;
  const entries = models.map(
    ({ name, validators }) => `${name}: { ${validators.map(({ operation, exported }) => `${operation}: ${exported}`).join(', ')} }`,
  );
  return `${jsonModule({ data })}${compileValidators(byExport)}
export const validators = { ${entries.join(', ')} };
export const requestValidators = { ${Object.keys(requests).join(', ')} };
${hooksModule(asksHooks && hasHooks(data.models))}`;
};
