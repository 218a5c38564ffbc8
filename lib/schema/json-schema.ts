/** A JSON Schema (2020-12), as far as the compiler reads and changes it. */
export interface JsonSchema {
  type?: string | string[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema | boolean;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  discriminator?: { propertyName: string };
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  [keyword: string]: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keywords whose values are data and not schemas. */
const dataKeywords: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'example']);
/** The keywords whose values hold schemas by name. */
const namedSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'patternProperties']);

const mapValue = (keyword: string, value: unknown, change: (schema: JsonSchema) => JsonSchema): unknown => {
  if (dataKeywords.has(keyword)) return value;
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? mapSchema(item, change) : item));
  if (!isObject(value)) return value;
  if (!namedSchemas.has(keyword)) return mapSchema(value, change);
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, mapSchema(schema as JsonSchema, change)]));
};

/** A copy of a schema in which `change` was made to each schema in it, innermost first. */
export const mapSchema = (schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema =>
  change(Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, mapValue(keyword, value, change)])));

/** Whether null is a value of the schema. */
export const acceptsNull = (schema: JsonSchema): boolean => {
  if (schema.type !== undefined) return [schema.type].flat().includes('null');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.some(acceptsNull);
  if (schema.enum !== undefined) return schema.enum.includes(null);
  return schema.const === undefined ? schema.$ref === undefined : schema.const === null;
};

/** The schema that takes null beside what this one takes. */
export const withNull = (schema: JsonSchema): JsonSchema => (acceptsNull(schema) ? schema : { anyOf: [schema, { type: 'null' }] });
