import type { OperatorLimits } from '../../contracts/compiled.ts';
import { type JsonSchema, mapSchema } from '../schema/json-schema.ts';

/** What a merge patch may hold in place of a field's value, so that the database changes the stored one. */
export interface FieldOperators {
  readonly limits: OperatorLimits;
  readonly schema: JsonSchema;
}

/** The schema of a value that is there; undefined if there are several. */
const presentSchema = (schema: JsonSchema): JsonSchema | undefined => {
  const alternatives = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== 'null');
  if (alternatives === undefined) return schema;
  const [only, ...others] = alternatives;
  return only !== undefined && others.length === 0 ? presentSchema(only) : undefined;
};

const operatorSchema = (operands: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties: { ...operands },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
});

const numberOperators = (schema: JsonSchema): FieldOperators | undefined => {
  // Whether a sum is one of the listed values is no condition of a request.
  if (schema.enum !== undefined || schema.const !== undefined) return undefined;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const multipleOf = schema['multipleOf'];
  return {
    limits: {
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
      ...(exclusiveMinimum !== undefined && { exclusiveMinimum }),
      ...(exclusiveMaximum !== undefined && { exclusiveMaximum }),
    },
    schema: operatorSchema({ increment: { type: schema.type as string, ...(multipleOf !== undefined && { multipleOf }) } }),
  };
};

const listOperators = (schema: JsonSchema): FieldOperators | undefined => {
  if (schema.prefixItems !== undefined || schema['uniqueItems'] === true) return undefined;
  const maxItems = schema['maxItems'] as number | undefined;
  // A patch fills in no defaults.
  const items = schema.items === undefined || typeof schema.items === 'boolean' ? schema.items : withoutDefaults(schema.items);
  const operand: JsonSchema = {
    type: 'array',
    minItems: 1,
    ...(maxItems !== undefined && { maxItems }),
    ...(items !== undefined && { items }),
  };
  return { limits: { ...(maxItems !== undefined && { maxItems }) }, schema: operatorSchema({ append: operand, prepend: operand }) };
};

const withoutDefaults = (schema: JsonSchema): JsonSchema => mapSchema(schema, ({ default: _, ...rest }) => rest);

/** The operators that a field of this schema takes: `increment` for numbers, `append` and `prepend` for lists; undefined for none. */
export const operatorsOf = (schema: JsonSchema): FieldOperators | undefined => {
  const present = presentSchema(schema);
  if (present?.type === 'number' || present?.type === 'integer') return numberOperators(present);
  return present?.type === 'array' ? listOperators(present) : undefined;
};

/** The schema of the operators in a patch; undefined for a model whose fields take none. */
export const operatorsSchema = (input: JsonSchema): JsonSchema | undefined => {
  const properties = Object.entries(input.properties ?? {}).flatMap(([name, schema]) => {
    const operators = operatorsOf(schema);
    return operators === undefined ? [] : [[name, operators.schema] as const];
  });
  if (properties.length === 0) return undefined;
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(input.$defs && { $defs: input.$defs }),
  };
};

/** A patch as the OpenAPI document shows it: a value or an operator for each field that takes one. */
export const withOperators = (update: JsonSchema, operators: JsonSchema | undefined): JsonSchema => {
  if (operators === undefined) return update;
  const properties = Object.entries(update.properties ?? {}).map(([name, schema]) => {
    const operator = operators.properties?.[name];
    return [name, operator === undefined ? schema : { anyOf: [schema, operator] }];
  });
  return { ...update, properties: Object.fromEntries(properties) };
};
