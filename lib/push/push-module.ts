import type { CompiledPush } from '../../contracts/compiled.ts';
import { pushReplies, pushRequests } from '../../contracts/push-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of requests, by route key. */
export const pushRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(pushRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `pushRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const pushReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(pushReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `pushReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/push` for the function that answers requests. */
export const pushModule = (push: CompiledPush): string => {
  const schemas = pushRequestSchemas();
  return `${jsonModule({ push })}${compileValidators(schemas)}\nexport const requestValidators = { ${Object.keys(schemas).join(', ')} };\n`;
};

/** The source of `@compiled/push` for functions that answer none. */
export const definitionModule = (push: CompiledPush): string => `${jsonModule({ push })}export const requestValidators = {};\n`;
