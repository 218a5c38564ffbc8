import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { CompiledModels } from './compile-models.ts';
import { dataRequestSchemas } from './data-schemas.ts';

const operations = ['create', 'replace', 'update', 'operators'] as const;

/** The validators of a model under the names of their exports: `Note_create`. */
const exportsOf = (name: string, schemas: CompiledModels['schemas'][string] | undefined): readonly (readonly [string, JsonSchema])[] =>
  operations.flatMap((operation) => {
    const schema = schemas?.[operation];
    return schema === undefined ? [] : [[`${name}_${operation}`, schema] as const];
  });

/** The source of `@compiled/data`. */
export const dataModule = ({ data, schemas }: CompiledModels): string => {
  const names = Object.keys(schemas);
  const byModel = names.map((name) => [name, exportsOf(name, schemas[name])] as const);
  const requests = dataRequestSchemas();
  const entries = byModel.map(
    ([name, own]) => `${name}: { ${own.map(([exported]) => `${exported.slice(name.length + 1)}: ${exported}`).join(', ')} }`,
  );
  const validators = compileValidators({ ...Object.fromEntries(byModel.flatMap(([, own]) => own)), ...requests });
  return `${jsonModule({ data })}${validators}
export const validators = { ${entries.join(', ')} };
export const requestValidators = { ${Object.keys(requests).join(', ')} };
`;
};
