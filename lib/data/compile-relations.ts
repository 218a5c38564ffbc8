import type { CompiledIndex, CompiledRelation } from '../../contracts/compiled.ts';
import type { AnyModel, BelongsTo, HasMany, ManyToMany, Relation } from '../../contracts/model.ts';
import type { FieldFacts } from './compile-fields.ts';
import { checkRelationName } from './compile-names.ts';

/** What relations look up of each model. */
export interface ModelFacts {
  readonly model: AnyModel;
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

const fieldsTo = ({ model }: ModelFacts, target: string): readonly string[] =>
  Object.values((model.definition.relations ?? {}) as Readonly<Record<string, Relation>>)
    .filter((relation) => relation.kind === 'belongsTo')
    .filter(({ model: other }) => other === target)
    .map(({ field }) => field);

/** The field of the model in between that points at a model: the one that is named, or the only one there is. */
const connectingField = (through: ModelFacts, target: string, named: string | undefined, at: string): string => {
  const [only, second] = fieldsTo(through, target).filter((field) => named === undefined || field === named);
  if (only !== undefined && second === undefined) return only;
  if (only === undefined) {
    const field = named ?? `${target.charAt(0).toLowerCase()}${target.slice(1)}Id`;
    throw new Error(`${at} does not lead to ${target}: declare there a belongsTo('${target}', '${field}')`);
  }
  throw new Error(
    `${at} has several fields that lead to ${target} (${fieldsTo(through, target).join(', ')}): name one of them by from or to`,
  );
};

const compileManyToMany = (relation: ManyToMany, name: string, all: AllModels, at: string): CompiledRelation => {
  const through = all.get(relation.through);
  if (through === undefined) {
    throw new Error(
      `${at}.through names the model ${JSON.stringify(relation.through)}, which does not exist: use one of ${[...all.keys()].join(', ')}`,
    );
  }
  const from = connectingField(through, name, relation.from, `${at}.through (${relation.through})`);
  const to = connectingField(through, relation.model, relation.to, `${at}.through (${relation.through})`);
  if (from === to) throw new Error(`${at} goes from and to the field ${from}: name two fields of ${relation.through} by from and to`);
  requireIndex(through, relation.through, from, at, 'to find the records');
  return { ...relation, from, to };
};

/**
 * The relations of a model, checked against all models.
 *
 * @throws Error for unknown models and fields, a name that a field has, and a missing index (with the line to add)
 */
export const compileRelations = (model: AnyModel, name: string, all: AllModels, at: string): Readonly<Record<string, CompiledRelation>> => {
  const relations: Readonly<Record<string, Relation>> = model.definition.relations ?? {};
  const own = all.get(name);
  if (own === undefined) throw new Error(`${at} is not among the models`);
  const compiled: Record<string, CompiledRelation> = {};
  for (const [key, relation] of Object.entries(relations)) {
    checkRelationName(key, `${at}.relations`, new Set(Object.keys(own.fields)));
    const other = all.get(relation.model);
    if (other === undefined) {
      throw new Error(
        `${at}.relations.${key} names the model ${JSON.stringify(relation.model)}, which does not exist: use one of ${[...all.keys()].join(', ')}`,
      );
    }
    const place = `${at}.relations.${key}`;
    if (relation.kind === 'manyToMany') {
      compiled[key] = compileManyToMany(relation, name, all, place);
      continue;
    }
    if (relation.kind === 'hasMany') checkHasMany(relation, other, place);
    else checkBelongsTo(relation, own, name, place);
    compiled[key] = relation;
  }
  return compiled;
};
