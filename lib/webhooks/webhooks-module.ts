import type { CompiledWebhooks } from '../../contracts/webhooks-options.ts';
import { webhookReplies, webhookRequests } from '../../contracts/webhooks-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of requests, by route key. */
export const webhookRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(webhookRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `webhookRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const webhookReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(webhookReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `webhookReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/webhooks` for the function that answers requests. */
export const webhooksModule = (webhooks: CompiledWebhooks): string => {
  const schemas = webhookRequestSchemas();
  return `${jsonModule({ webhooks })}${compileValidators(schemas)}\nexport const requestValidators = { ${Object.keys(schemas).join(', ')} };\n`;
};

/** The source of `@compiled/webhooks` for functions that answer none. */
export const definitionModule = (webhooks: CompiledWebhooks): string => `${jsonModule({ webhooks })}export const requestValidators = {};\n`;
