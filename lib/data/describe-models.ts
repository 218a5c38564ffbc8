import type { ModelDescription } from '../../contracts/openapi.ts';
import type { CompiledModels } from './compile-models.ts';

/** What the OpenAPI document tells of the models. */
export const describeModels = ({ data, schemas }: CompiledModels): Readonly<Record<string, ModelDescription>> =>
  Object.fromEntries(
    Object.entries(data.models).flatMap(([name, model]): readonly (readonly [string, ModelDescription])[] => {
      const own = schemas[name];
      if (own === undefined) return [];
      const { fields, unique, relations, requireIfMatch } = model;
      return [[name, { ...own, fields: Object.keys(fields), unique, relations: Object.keys(relations), requireIfMatch }]];
    }),
  );
