import type { CompiledRelation } from '../../contracts/compiled.ts';
import type { ModelDescription, RelationDescription } from '../../contracts/openapi.ts';
import type { CompiledModels } from './compile-models.ts';
import { withOperators } from './compile-operators.ts';

const describeRelations = (relations: Readonly<Record<string, CompiledRelation>>): Readonly<Record<string, RelationDescription>> =>
  Object.fromEntries(Object.entries(relations).map(([name, { kind, model }]) => [name, { model, isList: kind !== 'belongsTo' }]));

/** What the OpenAPI document tells of the models. */
export const describeModels = ({ data, schemas }: CompiledModels): Readonly<Record<string, ModelDescription>> =>
  Object.fromEntries(
    Object.entries(data.models).flatMap(([name, model]): readonly (readonly [string, ModelDescription])[] => {
      const own = schemas[name];
      if (own === undefined) return [];
      const { fields, unique, relations, requireIfMatch } = model;
      const { operators, ...others } = own;
      const update = withOperators(own.update, operators);
      return [[name, { ...others, update, fields: Object.keys(fields), unique, relations: describeRelations(relations), requireIfMatch }]];
    }),
  );
