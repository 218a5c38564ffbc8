import type { CompiledFiles } from '../../contracts/compiled.ts';
import { filesReplies, filesRequests } from '../../contracts/files-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of requests, by route key. */
export const filesRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(filesRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `filesRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const filesReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(filesReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `filesReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/files` for the function that answers requests. */
export const filesModule = (files: CompiledFiles): string => {
  const schemas = filesRequestSchemas();
  return `${jsonModule({ files })}${compileValidators(schemas)}\nexport const validators = { ${Object.keys(schemas).join(', ')} };\n`;
};

/** The source of `@compiled/files` for functions that answer none. */
export const foldersModule = (files: CompiledFiles): string => jsonModule({ files });
