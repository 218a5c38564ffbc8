import { authReplies } from '../../contracts/auth-schemas.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of the answers about accounts, by route key. */
export const authReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(authReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `authReplies.${key}`, 'trusted')]),
  );
