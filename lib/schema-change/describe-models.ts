import type { AwaitedBackfill, CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { ModelSchema } from './backend-schema.ts';

/** What the schema of a model is made from. */
export interface ModelSource {
  readonly model: CompiledModel;
  /** The fields' schemas by name, as they were declared. */
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

const fieldsOf = (index: CompiledIndex): readonly string[] => [index.partition, ...index.sort];

/** A model as the lock file has it, without what its old records lack. */
export const describeModel = ({ model, properties }: ModelSource): ModelSchema => ({
  ...(model.storedAs !== undefined && { storedAs: model.storedAs }),
  fields: Object.fromEntries(
    Object.entries(model.fields).map(([name, { required, storedAs }]) => [
      name,
      { required, ...(storedAs !== undefined && { storedAs }), schema: properties[name] ?? {} },
    ]),
  ),
  unique: model.unique,
  counts: model.counts,
  ...(model.ttl !== undefined && { ttl: model.ttl }),
  indexes: Object.fromEntries(model.indexes.map((index) => [index.name, fieldsOf(index)])),
});

/** The attribute of a field. */
export const attributeOf = ({ fields }: ModelSchema, field: string): string => fields[field]?.storedAs ?? field;

/** The field that an attribute holds now, if any does. */
export const fieldOfAttribute = ({ fields }: ModelSchema, attribute: string): string | undefined =>
  Object.keys(fields).find((name) => (fields[name]?.storedAs ?? name) === attribute);

/** The fields of an index by their attributes, so that a renamed field makes no other index. */
export const storedIndex = (model: ModelSchema, name: string): readonly string[] | undefined =>
  model.indexes[name]?.map((field) => attributeOf(model, field));

const sameList = (left: readonly string[] | undefined, right: readonly string[] | undefined): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

const isNewDefault = (before: ModelSchema, after: ModelSchema, field: string): boolean => {
  if (after.fields[field]?.schema.default === undefined) return false;
  const former = fieldOfAttribute(before, attributeOf(after, field));
  const old = former === undefined ? undefined : before.fields[former];
  return old === undefined || (!old.required && old.schema.default === undefined);
};

/** The field that was awaited under its former name, under its present one. */
const carried = (before: ModelSchema, after: ModelSchema, fields: readonly string[]): readonly string[] =>
  fields.flatMap((field) => fieldOfAttribute(after, attributeOf(before, field)) ?? (field === '*' || field === 'owner' ? [field] : []));

const merged = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].sort();

/**
 * What records that were stored under the accepted schema, or before, may lack under the present one. Undefined if nothing: the
 * database itself brings old records into an index of plain fields.
 */
export const awaitedBackfill = (
  before: ModelSchema | undefined,
  after: ModelSchema,
  indexes: readonly CompiledIndex[],
): AwaitedBackfill | undefined => {
  if (before === undefined) return undefined;
  const old = before.awaited;
  const fields = merged(
    carried(before, after, old?.fields ?? []).filter((field) => after.fields[field]?.schema.default !== undefined),
    Object.keys(after.fields).filter((field) => isNewDefault(before, after, field)),
  );
  const needsKeys = (index: CompiledIndex): boolean =>
    index.partitionEncoded || index.sortEncoded || fieldsOf(index).some((field) => fields.includes(field));
  const isNew = (name: string): boolean => !sameList(storedIndex(before, name), storedIndex(after, name));
  const awaited = {
    fields,
    indexes: merged(
      indexes
        .filter(
          (index) =>
            (isNew(index.name) && needsKeys(index)) ||
            old?.indexes.includes(index.name) ||
            fieldsOf(index).some((field) => fields.includes(field)),
        )
        .map(({ name }) => name),
    ),
    unique: newNames(before, after, old?.unique, 'unique'),
    counts: newNames(before, after, old?.counts, 'counts'),
  };
  return Object.values(awaited).every((names) => names.length === 0) ? undefined : awaited;
};

const newNames = (before: ModelSchema, after: ModelSchema, old: readonly string[] = [], list: 'unique' | 'counts'): readonly string[] => {
  const former = before[list].map((name) => attributeOf(before, name));
  const isNew = (name: string): boolean => !former.includes(attributeOf(after, name));
  return merged(
    carried(before, after, old).filter((name) => after[list].includes(name)),
    after[list].filter(isNew),
  );
};
