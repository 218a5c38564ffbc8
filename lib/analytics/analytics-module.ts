import { analyticsReplies, analyticsRequests } from '../../contracts/analytics-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import type { CompiledAnalyticsOptions } from './compile-analytics.ts';

/** The schemas of requests, by route key. */
export const analyticsRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(analyticsRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `analyticsRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const analyticsReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(analyticsReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `analyticsReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/analytics` for the function that takes events. */
export const analyticsModule = ({ analytics, schemas }: CompiledAnalyticsOptions): string => {
  const requests = analyticsRequestSchemas();
  const types = Object.keys(schemas);
  const ofEvents = Object.fromEntries(types.map((type, index) => [`event${index}`, schemas[type] as JsonSchema]));
  const entries = types.map((type, index) => `${JSON.stringify(type)}: event${index}`);
  return [
    jsonModule({ analytics }),
    compileValidators({ ...requests, ...ofEvents }),
    `\nexport const requestValidators = { ${Object.keys(requests).join(', ')} };\n`,
    `export const eventValidators = { ${entries.join(', ')} };\n`,
  ].join('');
};

/** The source of `@compiled/analytics` for the function that sends events on: they are checked already. */
export const definitionModule = ({ analytics }: CompiledAnalyticsOptions): string =>
  `${jsonModule({ analytics })}export const requestValidators = {};\nexport const eventValidators = {};\n`;
