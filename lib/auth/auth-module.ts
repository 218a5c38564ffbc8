import { authRequests } from '../../contracts/auth-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import type { CompleteAuthOptions } from './complete-auth-options.ts';

/** The schemas of the requests of `routes`, by route key. */
export const authRequestSchemas = (routes: readonly string[]): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(authRequests)
      .filter(([key]) => routes.includes(key))
      .map(([key, type]) => [key, zodToJsonSchema(type, 'input', `authRequests.${key}`, 'trusted')]),
  );

/** The source of `@compiled/auth`, for a function that answers `routes`. */
export const authModule = (auth: CompleteAuthOptions, routes: readonly string[]): string => {
  const schemas = authRequestSchemas(routes);
  return `${jsonModule({ auth })}${compileValidators(schemas)}\nexport const validators = { ${Object.keys(schemas).join(', ')} };\n`;
};
