import { z } from 'zod';
import type { CompiledField, FieldKind } from '../../contracts/compiled.ts';
import { idPattern, type SystemField } from '../../contracts/data.ts';
import type { AnyModel } from '../../contracts/model.ts';
import { acceptsNull, type JsonSchema, mapSchema, withNull } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import { checkFieldName } from './compile-names.ts';
import { operatorsOf, operatorsSchema } from './compile-operators.ts';

/** The schemas of one model: of what is sent and of what is answered. */
export interface ModelSchemas {
  readonly create: JsonSchema;
  readonly replace: JsonSchema;
  readonly update: JsonSchema;
  /** The operators of a patch; absent where no field takes one. */
  readonly operators?: JsonSchema;
  readonly record: JsonSchema;
}

/** What is known of a field: for rules, indexes and relations. */
export interface FieldFacts extends CompiledField {
  /** A merge patch may remove it. */
  readonly optional: boolean;
  /** The values that it takes, if they are listed. */
  readonly values?: readonly unknown[];
}

const kindOfValue = (value: unknown): FieldKind => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return typeof value as 'string' | 'number' | 'boolean';
  return 'json';
};

const kindsOf = (schema: JsonSchema): readonly FieldKind[] => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.flatMap(kindsOf);
  if (schema.type !== undefined) {
    return [schema.type]
      .flat()
      .filter((type) => type !== 'null')
      .map((type) => (type === 'string' && schema.format === 'date-time' ? 'dateTime' : (type as FieldKind)));
  }
  if (schema.enum !== undefined) return schema.enum.filter((value) => value !== null).map(kindOfValue);
  return [schema.const === undefined ? 'json' : kindOfValue(schema.const)];
};

/** The one kind of all alternatives, or `json`. A union of objects is no object that could be patched by its members. */
const kindOf = (schema: JsonSchema): FieldKind => {
  const kinds = kindsOf(schema);
  const [kind = 'json', ...others] = new Set(kinds);
  const isUnion = kinds.length > 1 && (kind === 'object' || kind === 'array');
  return others.length === 0 && !isUnion ? kind : 'json';
};

const valuesOf = (schema: JsonSchema): readonly unknown[] | undefined => {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const alternatives = (schema.anyOf ?? schema.oneOf)?.map(valuesOf);
  return alternatives?.every((values) => values !== undefined) ? alternatives.flat() : undefined;
};

const factsOf = (schema: JsonSchema, required: boolean): FieldFacts => {
  const values = valuesOf(schema);
  const operators = operatorsOf(schema);
  return {
    kind: kindOf(schema),
    required,
    nullable: acceptsNull(schema),
    ...(schema.default !== undefined && { default: schema.default }),
    optional: !required && schema.default === undefined,
    ...(operators && { operators: operators.limits }),
    ...(values && { values }),
  };
};

/** The facts of the fields that the server sets. */
export const systemFieldFacts: Readonly<Record<SystemField, FieldFacts>> = {
  id: { kind: 'string', required: true, nullable: false, optional: false },
  owner: { kind: 'string', required: true, nullable: false, optional: false },
  version: { kind: 'integer', required: true, nullable: false, optional: false },
  createdAt: { kind: 'dateTime', required: true, nullable: false, optional: false },
  updatedAt: { kind: 'dateTime', required: true, nullable: false, optional: false },
};

const idSchema: JsonSchema = { type: 'string', pattern: idPattern, minLength: 1, maxLength: 64 };

const withoutDefaults = (schema: JsonSchema): JsonSchema => mapSchema(schema, ({ default: _, ...rest }) => rest);

/** Whether null in a merge patch may remove the member. */
const isRemovable = (object: JsonSchema, name: string): boolean =>
  !object.required?.includes(name) && object.properties?.[name]?.default === undefined;

/**
 * What a merge patch of a value may be (RFC 7396): of an object any of its members, with null for those that may be absent, and
 * of everything else a whole new value. Defaults are for new records only.
 */
const toMergePatch = (schema: JsonSchema): JsonSchema => {
  const { default: _, ...whole } = schema;
  if (whole.type !== 'object') return withoutDefaults(whole);
  const { required: __, ...patch } = whole;
  const members = Object.entries(patch.properties ?? {}).map(([name, member]): [string, JsonSchema] => [
    name,
    isRemovable(schema, name) ? withNull(toMergePatch(member)) : toMergePatch(member),
  ]);
  return {
    ...patch,
    ...(patch.properties && { properties: Object.fromEntries(members) }),
    // The members of a z.record() come and go.
    ...(typeof patch.additionalProperties === 'object' && { additionalProperties: withNull(toMergePatch(patch.additionalProperties)) }),
  };
};

const systemProperties: Readonly<Record<SystemField, JsonSchema>> = {
  id: { type: 'string', readOnly: true },
  owner: { type: 'string', readOnly: true, description: 'The id of the user who created the record' },
  version: { type: 'integer', minimum: 1, readOnly: true },
  createdAt: { type: 'string', format: 'date-time', readOnly: true },
  updatedAt: { type: 'string', format: 'date-time', readOnly: true },
};

const isAlwaysAnswered = (field: FieldFacts | undefined, guarded: boolean): boolean => field !== undefined && !field.optional && !guarded;

const recordSchema = (schema: JsonSchema, fields: Readonly<Record<string, FieldFacts>>, guarded: ReadonlySet<string>): JsonSchema => {
  const { properties = {}, ...rest } = withoutDefaults(schema);
  return {
    ...rest,
    properties: { ...systemProperties, ...properties },
    required: [
      ...Object.keys(systemProperties),
      ...Object.keys(properties).filter((name) => isAlwaysAnswered(fields[name], guarded.has(name))),
    ],
  };
};

/**
 * The fields of a model and the schemas of its requests and answers.
 *
 * @param at names the model, for errors
 * @throws Error for illegal names and for types that JSON Schema cannot say
 */
export const compileFields = (
  { definition }: AnyModel,
  at: string,
): { readonly fields: Readonly<Record<string, FieldFacts>>; readonly schemas: ModelSchemas } => {
  const types: Readonly<Record<string, z.ZodType>> = definition.fields;
  if (Object.keys(types).length === 0) throw new Error(`${at}.fields is empty: declare at least one field`);
  for (const name of Object.keys(types)) checkFieldName(name, `${at}.fields`);
  const object = z.object(types);
  const input = zodToJsonSchema(object, 'input', `${at}.fields`);
  const output = zodToJsonSchema(object, 'output', `${at}.fields`);
  const required = new Set(input.required ?? []);
  const fields = Object.fromEntries(Object.keys(types).map((name) => [name, factsOf(input.properties?.[name] ?? {}, required.has(name))]));
  const withId: JsonSchema = { ...input, properties: { id: idSchema, ...input.properties } };
  const guarded = new Set(Object.keys(definition.fieldAccess ?? {}));
  const operators = operatorsSchema(input);
  return {
    fields,
    schemas: {
      create: withId,
      replace: withId,
      update: toMergePatch(input),
      ...(operators && { operators }),
      record: recordSchema(output, fields, guarded),
    },
  };
};
