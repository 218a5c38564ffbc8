import { authRequests } from '../../contracts/auth-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
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

/**
 * The source of `@compiled/auth`, for a function that answers `routes`.
 *
 * @param asksHook whether a function is asked before somebody registers: only then what asks it is in the bundle
 */
export const authModule = (auth: CompleteAuthOptions, routes: readonly string[], asksHook = false): string => {
  const schemas = authRequestSchemas(routes);
  const hook = asksHook
    ? `export { callHook } from ${JSON.stringify(lambdaEntry('runtime/hooks-client.ts'))};\n`
    : 'export const callHook = undefined;\n';
  return `${hook}${jsonModule({ auth })}${compileValidators(schemas)}\nexport const validators = { ${Object.keys(schemas).join(', ')} };\n`;
};
