import type { CompiledIndex, FieldKind } from '../../contracts/compiled.ts';
import type { AnyModel } from '../../contracts/model.ts';
import { type FieldFacts, systemFieldFacts } from './compile-fields.ts';
import { checkIndexName } from './compile-names.ts';

/** DynamoDB, "Service, account, and table quotas": 20 global secondary indexes a table. */
const maxIndexes = 20;
/** Kinds whose values have an order. */
const ordered: ReadonlySet<FieldKind> = new Set(['string', 'number', 'integer', 'boolean', 'dateTime']);

/** What the table has to know to make a key of an attribute. */
export const isNumberKind = (kind: FieldKind): boolean => kind === 'number' || kind === 'integer';

/** The fields of a model with those that the server sets. */
export const withSystemFields = (fields: Readonly<Record<string, FieldFacts>>): Readonly<Record<string, FieldFacts>> => ({
  ...fields,
  ...systemFieldFacts,
});

const checkIndexField = (name: string, fields: Readonly<Record<string, FieldFacts>>, at: string): void => {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) {
    throw new Error(
      `${at} names the field ${JSON.stringify(name)}, which the model does not have: use one of ${Object.keys(fields).join(', ')}`,
    );
  }
  if (!ordered.has(field.kind)) {
    throw new Error(
      `${at} names the field ${name}, which is of the kind ${field.kind} and has no order: use a text, number, boolean or date`,
    );
  }
  if (field.nullable)
    throw new Error(`${at} names the field ${name}, which may be null and so cannot be a key: use .optional() in place of .nullable()`);
};

const checkIndexFields = (declared: readonly string[], fields: Readonly<Record<string, FieldFacts>>, at: string): void => {
  if (declared.length === 0) throw new Error(`${at} is empty: name the field that is matched exactly, then those of the order`);
  if (new Set(declared).size !== declared.length) throw new Error(`${at} names a field twice (${declared.join(', ')}): name it once`);
  if (declared[0] === 'id') throw new Error(`${at} begins with id, by which records are read anyway: remove the index`);
  declared.forEach((name, position) => {
    if (name === '*' && position > 0) throw new Error(`${at} has "*" in place ${position + 1}: it may stand first only`);
    if (name !== '*') checkIndexField(name, fields, at);
  });
};

const compileIndex = (name: string, declared: readonly string[], fields: Readonly<Record<string, FieldFacts>>): CompiledIndex => {
  const [partition = '*', ...rest] = declared;
  const sort = rest.length === 0 && partition !== 'createdAt' ? ['createdAt'] : rest;
  const isNative = (field: string): boolean => field !== '*' && fields[field]?.kind !== 'boolean';
  const [first] = sort;
  const sortEncoded = sort.length > 1 || (first !== undefined && !isNative(first));
  return {
    name,
    partition,
    partitionAttribute: isNative(partition) ? partition : `_p_${name}`,
    partitionEncoded: !isNative(partition),
    sort,
    ...(first !== undefined && { sortAttribute: sortEncoded ? `_s_${name}` : first }),
    sortEncoded,
  };
};

const keyOf = (index: CompiledIndex): string => [index.partition, ...index.sort].join(', ');

const checkUnlike = (indexes: readonly CompiledIndex[], at: string): void => {
  const byKey = new Map<string, string>();
  for (const index of indexes) {
    const other = byKey.get(keyOf(index));
    if (other !== undefined)
      throw new Error(`${at} has ${other} and ${index.name} of the same fields (${keyOf(index)}): remove one of them`);
    byKey.set(keyOf(index), index.name);
  }
};

/** Own records are listed by this index. */
const ownerIndex = ['owner', 'createdAt'] as const;

const withOwnerIndex = (declared: Readonly<Record<string, readonly string[]>>, at: string): Readonly<Record<string, readonly string[]>> => {
  if (Object.hasOwn(declared, 'byOwner')) {
    if (declared['byOwner']?.[0] !== 'owner')
      throw new Error(`${at}.byOwner begins with ${declared['byOwner']?.[0]}: begin it with owner, or rename it`);
    return declared;
  }
  const isDeclared = Object.values(declared).some(
    ([first, second = 'createdAt', ...rest]) => first === 'owner' && second === 'createdAt' && rest.length === 0,
  );
  return isDeclared ? declared : { ...declared, byOwner: ownerIndex };
};

/**
 * The indexes of a model, with `byOwner` for models that must be listed by the owner: their rules speak of it, or the records go with
 * their user. An index of one field is ordered by `createdAt`, so that its lists have an order.
 *
 * @throws Error for unknown fields, fields without an order, two indexes alike and too many of them
 */
export const compileIndexes = (
  model: AnyModel,
  fields: Readonly<Record<string, FieldFacts>>,
  listedByOwner: boolean,
  at: string,
): readonly CompiledIndex[] => {
  const all = withSystemFields(fields);
  const declared: Readonly<Record<string, readonly string[]>> = model.definition.indexes ?? {};
  for (const [name, indexFields] of Object.entries(declared)) {
    checkIndexName(name, `${at}.indexes`);
    checkIndexFields(indexFields, all, `${at}.indexes.${name}`);
  }
  const complete = listedByOwner ? withOwnerIndex(declared, `${at}.indexes`) : declared;
  const indexes = Object.entries(complete).map(([name, indexFields]) => compileIndex(name, indexFields, all));
  checkUnlike(indexes, `${at}.indexes`);
  if (indexes.length > maxIndexes) {
    throw new Error(
      `${at}.indexes has ${indexes.length} indexes, but DynamoDB takes ${maxIndexes} a table: remove some${listedByOwner ? ' (byOwner counts)' : ''}`,
    );
  }
  return indexes;
};
