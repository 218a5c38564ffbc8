import type { CompiledIndex } from '../../contracts/compiled.ts';
import type { AnyModel, BelongsTo, HasMany, Relation } from '../../contracts/model.ts';
import type { FieldFacts } from './compile-fields.ts';
import { checkRelationName } from './compile-names.ts';

/** What relations look up of each model. */
export interface ModelFacts {
  readonly fields: Readonly<Record<string, FieldFacts>>;
  readonly indexes: readonly CompiledIndex[];
}

type AllModels = ReadonlyMap<string, ModelFacts>;

const lineToAdd = (model: string, field: string): string =>
  `add to the indexes of ${model}: by${field.charAt(0).toUpperCase()}${field.slice(1)}: ['${field}', 'createdAt']`;

const requireField = (facts: ModelFacts, model: string, field: string, at: string): FieldFacts => {
  const found = Object.hasOwn(facts.fields, field) ? facts.fields[field] : undefined;
  if (found === undefined) {
    throw new Error(
      `${at} names the field ${JSON.stringify(field)}, which ${model} does not have: use one of ${Object.keys(facts.fields).join(', ')}`,
    );
  }
  if (found.kind !== 'string')
    throw new Error(`${at} names ${model}.${field}, which is of the kind ${found.kind}: an id is held by a text`);
  return found;
};

const requireIndex = (facts: ModelFacts, model: string, field: string, at: string, purpose: string): void => {
  if (facts.indexes.some((index) => index.partition === field)) return;
  throw new Error(`${at} needs an index of ${model} that begins with ${field}, ${purpose}: ${lineToAdd(model, field)}`);
};

const checkHasMany = (relation: HasMany, other: ModelFacts, at: string): void => {
  if (relation.field !== 'owner') requireField(other, relation.model, relation.field, at);
  requireIndex(other, relation.model, relation.field, at, 'to find the records');
};

const checkBelongsTo = (relation: BelongsTo, own: ModelFacts, model: string, at: string): void => {
  if (relation.field === 'owner') {
    if (relation.onDelete !== 'keep') throw new Error(`${at} is about owner, which no delete changes: leave onDelete out`);
    return;
  }
  const field = requireField(own, model, relation.field, at);
  if (relation.onDelete === 'keep') return;
  requireIndex(own, model, relation.field, at, `to find them when a ${relation.model} is deleted`);
  if (relation.onDelete === 'setNull' && !field.optional && !field.nullable) {
    throw new Error(
      `${at} has onDelete 'setNull', but ${relation.field} must have a value: make it .optional(), or use 'cascade' or 'restrict'`,
    );
  }
};

/**
 * The relations of a model, checked against all models.
 *
 * @throws Error for unknown models and fields, a name that a field has, and a missing index (with the line to add)
 */
export const compileRelations = (model: AnyModel, name: string, all: AllModels, at: string): Readonly<Record<string, Relation>> => {
  const relations: Readonly<Record<string, Relation>> = model.definition.relations ?? {};
  const own = all.get(name);
  if (own === undefined) throw new Error(`${at} is not among the models`);
  for (const [key, relation] of Object.entries(relations)) {
    checkRelationName(key, `${at}.relations`, new Set(Object.keys(own.fields)));
    const other = all.get(relation.model);
    if (other === undefined) {
      throw new Error(
        `${at}.relations.${key} names the model ${JSON.stringify(relation.model)}, which does not exist: use one of ${[...all.keys()].join(', ')}`,
      );
    }
    if (relation.kind === 'hasMany') checkHasMany(relation, other, `${at}.relations.${key}`);
    else checkBelongsTo(relation, own, name, `${at}.relations.${key}`);
  }
  return relations;
};
