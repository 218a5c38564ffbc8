import { _, Ajv2020, type CodeKeywordDefinition, type KeywordCxt } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { type JsonSchema, mapSchema } from './json-schema.ts';
import type { Normalizer } from './string-formats.ts';

/** Changes the text where it is stored, before its length and pattern are looked at. */
const normalizeKeyword: CodeKeywordDefinition = {
  keyword: 'x-normalize',
  type: 'string',
  schemaType: 'array',
  before: 'maxLength',
  code: ({ gen, data, schema, it }: KeywordCxt) => {
    for (const name of schema as readonly Normalizer[]) gen.assign(data, _`${data}[${name}]()`);
    gen.if(_`${it.parentData} !== undefined`, () => gen.assign(_`${it.parentData}[${it.parentDataProperty}]`, data));
  },
};

const createAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    discriminator: true,
    messages: false,
    // The schemas come from Zod, and compiling the meta-schema to check them takes longer than compiling them.
    validateSchema: false,
    strictTypes: false,
    strictTuples: false,
    code: { source: true, esm: true, optimize: 2 },
  });
  ajv.addKeyword(normalizeKeyword);
  return ajv;
};

/**
 * Makes formats of the patterns that come with a format, so that an answer can name the format. A second pattern for the same
 * format (a UUID of one version only) stays a pattern.
 */
const patternsToFormats = (ajv: Ajv2020, schema: JsonSchema): JsonSchema =>
  mapSchema(schema, ({ format, ...rest }) => {
    if (format === undefined || rest.pattern === undefined) return rest;
    const { pattern, ...others } = rest;
    const known = ajv.formats[format];
    if (known === undefined) ajv.addFormat(format, new RegExp(pattern, 'u'));
    return known === undefined || (known instanceof RegExp && known.source === pattern) ? { ...others, format } : rest;
  });

/**
 * Compiles schemas to the source of an ES module that exports a validator for each. The source needs no compiler at run
 * time; it calls a few small functions of `ajv/dist/runtime`.
 *
 * @param schemas by the names of the exports
 */
export const compileValidators = (schemas: Readonly<Record<string, JsonSchema>>): string => {
  const ajv = createAjv();
  const names = Object.keys(schemas);
  if (names.length === 0) return '';
  for (const name of names) ajv.addSchema(patternsToFormats(ajv, schemas[name] as JsonSchema), name);
  // Under CommonJS, which Jest runs, the function is the module; under ESM it is its default export.
  const toCode = (typeof standalone === 'function' ? standalone : standalone.default) as typeof standalone.default;
  return toCode(ajv, Object.fromEntries(names.map((name) => [name, name])));
};
