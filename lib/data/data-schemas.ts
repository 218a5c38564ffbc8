import { dataReplies, dataRequests } from '../../contracts/data-schemas.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of requests that are about no single model, by route key. */
export const dataRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(dataRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `dataRequests.${key}`, 'trusted')]),
  );

/** The schemas of their answers. */
export const dataReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(dataReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `dataReplies.${key}`, 'trusted')]),
  );
