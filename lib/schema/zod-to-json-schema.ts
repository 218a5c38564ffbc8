import { z } from 'zod';
import { checkZodType, definitionOf, type PatternOrigin, type ZodDefinition } from './check-zod-type.ts';
import type { JsonSchema } from './json-schema.ts';
import { defaultMaxLength, type Normalizer, recognizeNormalizer, urlPattern } from './string-formats.ts';

/** What DynamoDB's numbers reach ("Data types", DynamoDB Developer Guide: 9.9999999999999999999999999999999999999E+125). */
const maxNumber = 9.999e125;

/** `.startsWith()` and `.endsWith()` give `^a.*` and `.*a$`, whose stars change nothing but the time. */
const withoutIdleStars = (pattern: string): string => pattern.replace(/^\.\*/, '').replace(/(?<!\\)\.\*$/, '');

const normalizersOf = (definition: ZodDefinition): readonly Normalizer[] =>
  (definition.checks ?? [])
    .map((check) => check._zod.def.tx)
    .filter((change) => change !== undefined)
    .map((change) => recognizeNormalizer(change))
    .filter((name) => name !== undefined);

const refineString = (schema: JsonSchema, definition: ZodDefinition): void => {
  if (schema.format === 'uri') schema.pattern = urlPattern;
  // Zod names the last check as the format, also where no JSON Schema format of that name exists.
  if (schema.format !== undefined && /_/.test(schema.format)) delete schema.format;
  if (schema.pattern !== undefined) schema.pattern = withoutIdleStars(schema.pattern);
  for (const part of schema.allOf ?? []) if (part.pattern !== undefined) part.pattern = withoutIdleStars(part.pattern);
  const hasPattern = schema.pattern !== undefined || schema.allOf !== undefined;
  if (hasPattern) schema.maxLength ??= defaultMaxLength(schema.format);
  const normalize = normalizersOf(definition);
  if (normalize.length > 0) schema['x-normalize'] = normalize;
};

const refineNumber = (schema: JsonSchema): void => {
  if (schema.minimum === undefined && schema.exclusiveMinimum === undefined) schema.minimum = -maxNumber;
  if (schema.maximum === undefined && schema.exclusiveMaximum === undefined) schema.maximum = maxNumber;
};

const refine = (schema: JsonSchema, definition: ZodDefinition): void => {
  if (definition.type === 'string' || definition.type === 'template_literal') refineString(schema, definition);
  else if (definition.type === 'number') refineNumber(schema);
  else if (definition.type === 'object' && definition.catchall === undefined) schema.additionalProperties = false;
  else if (definition.type === 'union' && definition.discriminator !== undefined) {
    schema.discriminator = { propertyName: definition.discriminator };
  }
};

/**
 * The JSON Schema of a Zod type. Objects take no unknown fields; texts with a pattern and numbers get bounds.
 *
 * @param io `input`: what is sent, with defaults left out; `output`: what is answered
 * @param at names the field, for errors
 * @throws Error for what JSON Schema cannot say
 */
export const zodToJsonSchema = (type: z.ZodType, io: 'input' | 'output', at: string, patterns: PatternOrigin = 'checked'): JsonSchema => {
  checkZodType(type, at, patterns);
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io,
    override: ({ zodSchema, jsonSchema }) => refine(jsonSchema as JsonSchema, definitionOf(zodSchema as unknown as z.ZodType)),
  }) as JsonSchema;
  return schema;
};
