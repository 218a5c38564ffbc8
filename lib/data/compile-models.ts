import type { Models } from '../../contracts/backend.ts';
import type { CompiledData, CompiledField, CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import type { AnyModel } from '../../contracts/model.ts';
import { tableVariable } from '../../contracts/variables.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { checkCounts, warningsOfCounts } from './compile-counts.ts';
import { compileFields, type FieldFacts, type ModelSchemas } from './compile-fields.ts';
import { compileIndexes } from './compile-indexes.ts';
import { checkModelNames } from './compile-names.ts';
import { compilePreviousNames } from './compile-previous-names.ts';
import { compileReferences } from './compile-references.ts';
import { compileRelations } from './compile-relations.ts';
import { type CompiledRules, compileRules } from './compile-rules.ts';
import { compileUserDelete } from './compile-user-delete.ts';

/** What the compiler makes of the models. */
export interface CompiledModels {
  /** For the handlers. */
  readonly data: CompiledData;
  /** For validators and the OpenAPI document, by model. */
  readonly schemas: Readonly<Record<string, ModelSchemas>>;
  /** What is allowed but hardly meant. */
  readonly warnings: readonly string[];
}

interface Draft {
  readonly model: AnyModel;
  readonly at: string;
  readonly fields: Readonly<Record<string, FieldFacts>>;
  readonly schemas: ModelSchemas;
  readonly rules: CompiledRules;
  readonly indexes: readonly CompiledIndex[];
}

const checkUnique = (unique: readonly string[], fields: Readonly<Record<string, FieldFacts>>, at: string): readonly string[] => {
  for (const name of unique) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined)
      throw new Error(
        `${at} names the field ${JSON.stringify(name)}, which the model does not have: use one of ${Object.keys(fields).join(', ')}`,
      );
    if (field.kind !== 'string' && field.kind !== 'integer')
      throw new Error(`${at} names ${name}, which is of the kind ${field.kind}: only texts and whole numbers can be unique`);
    if (field.nullable) throw new Error(`${at} names ${name}, which may be null: use .optional() in place of .nullable()`);
    if (field.default !== undefined)
      throw new Error(`${at} names ${name}, which has a default that only one record could hold: remove the default`);
  }
  if (new Set(unique).size !== unique.length) throw new Error(`${at} names a field twice (${unique.join(', ')}): name it once`);
  return unique;
};

const checkTtl = (ttl: string | undefined, fields: Readonly<Record<string, FieldFacts>>, at: string): void => {
  if (ttl === undefined) return;
  const field = Object.hasOwn(fields, ttl) ? fields[ttl] : undefined;
  if (field === undefined)
    throw new Error(
      `${at} names the field ${JSON.stringify(ttl)}, which the model does not have: use one of ${Object.keys(fields).join(', ')}`,
    );
  if (field.kind !== 'dateTime' && field.kind !== 'integer' && field.kind !== 'number') {
    throw new Error(`${at} names ${ttl}, which is of the kind ${field.kind}: use z.iso.datetime(), or z.int() for seconds since the epoch`);
  }
};

/** DynamoDB takes no empty text as a key ("Supported data types", Primary key attributes). */
const withNonEmptyKeys = (schema: JsonSchema, indexes: readonly CompiledIndex[]): JsonSchema => {
  const keys = new Set(indexes.flatMap((index) => [index.partitionAttribute, index.sortAttribute]));
  const nonEmpty = (property: JsonSchema): JsonSchema => {
    if (property.type === 'string') return { ...property, minLength: Math.max(1, property.minLength ?? 0) };
    return property.anyOf === undefined ? property : { ...property, anyOf: property.anyOf.map(nonEmpty) };
  };
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    keys.has(name) ? nonEmpty(property) : property,
  ]);
  return { ...schema, properties: Object.fromEntries(properties) };
};

/** A guest who creates a record leaves it without an owner. */
const withoutCertainOwner = (record: JsonSchema, rules: CompiledRules): JsonSchema => {
  const isOpen = rules.rules.some(({ who, operations }) => who.kind === 'anyone' && operations.includes('create'));
  return isOpen ? { ...record, required: (record.required ?? []).filter((name) => name !== 'owner') } : record;
};

const knownProps: readonly string[] = [
  'fields',
  'unique',
  'count',
  'indexes',
  'access',
  'fieldAccess',
  'relations',
  'ttl',
  'requireIfMatch',
  'onUserDelete',
  'previously',
];

/** A misspelt `fieldAccess` would leave the fields open. */
const checkProps = (definition: object, at: string): void => {
  const unknown = Object.keys(definition).find((name) => !knownProps.includes(name));
  if (unknown !== undefined)
    throw new Error(`${at} has the prop ${JSON.stringify(unknown)}, which does not exist: use one of ${knownProps.join(', ')}`);
  for (const name of ['fields', 'access'] as const) {
    if (!Object.hasOwn(definition, name))
      throw new Error(`${at} has no ${name}: declare ${name === 'fields' ? 'its fields' : 'who may do what'}`);
  }
};

const draft = (name: string, model: AnyModel, groups: readonly string[]): Draft => {
  const at = `data.models.${name}`;
  if (model?.kind !== 'model') throw new Error(`${at} is not a model: make it with model({ fields, access })`);
  checkProps(model.definition, at);
  const { fields, schemas } = compileFields(model, at);
  const rules = compileRules(model, fields, groups, at);
  const indexes = compileIndexes(
    model,
    fields,
    rules.rules.some(({ who }) => who.kind === 'owner') || model.definition.onUserDelete === 'delete',
    at,
  );
  const request = (schema: JsonSchema): JsonSchema => withNonEmptyKeys(schema, indexes);
  return {
    model,
    at,
    fields,
    rules,
    indexes,
    schemas: {
      create: request(schemas.create),
      replace: request(schemas.replace),
      update: request(schemas.update),
      ...(schemas.operators && { operators: schemas.operators }),
      record: withoutCertainOwner(schemas.record, rules),
    },
  };
};

const toCompiledField = ({ optional: _, values: __, ...field }: FieldFacts, storedAs: string | undefined): CompiledField => ({
  ...field,
  ...(storedAs !== undefined && { storedAs }),
});

/**
 * Compiles models to what the handlers, the table and the OpenAPI document need, and finds every mistake on the way.
 *
 * @param groups the declared groups, with the admin group
 * @throws Error that names the prop, shows the value and says what to do
 */
export const compileModels = (models: Models, groups: readonly string[]): CompiledModels => {
  checkModelNames(models);
  const drafts = new Map(Object.entries(models).map(([name, model]) => [name, draft(name, model, groups)]));
  const storedNames = compilePreviousNames(models);
  const referencesOf = compileReferences(drafts);
  const compile = (name: string, { model, at, fields, rules, indexes }: Draft): CompiledModel => {
    const { unique = [], count = [], ttl, requireIfMatch = false, onUserDelete } = model.definition;
    checkTtl(ttl, fields, `${at}.ttl`);
    const relations = compileRelations(model, name, drafts, at);
    const { references, referrers } = referencesOf(name);
    const counts = [...checkCounts(count, { fields, ttl, at: `${at}.count` }), ...references.map(({ field }) => field)];
    const storedAs = storedNames.get(name);
    return {
      name,
      ...(storedAs?.model !== undefined && { storedAs: storedAs.model }),
      tableVariable: tableVariable(name),
      fields: Object.fromEntries(Object.entries(fields).map(([field, facts]) => [field, toCompiledField(facts, storedAs?.fields[field])])),
      unique: checkUnique(unique, fields, `${at}.unique`),
      indexes,
      rules: rules.rules,
      fieldRules: rules.fieldRules,
      relations,
      counts: [...new Set(counts)],
      references,
      referrers,
      ...(ttl !== undefined && { ttl }),
      requireIfMatch,
      ...compileUserDelete(onUserDelete, indexes, `${at}.onUserDelete`),
    };
  };
  const entries = [...drafts];
  return {
    data: { models: Object.fromEntries(entries.map(([name, value]) => [name, compile(name, value)])) },
    schemas: Object.fromEntries(entries.map(([name, { schemas }]) => [name, schemas])),
    warnings: entries.flatMap(([, { model, rules, fields, at }]) => [
      ...rules.warnings,
      ...warningsOfCounts(model.definition.count ?? [], fields, `${at}.count`),
    ]),
  };
};
