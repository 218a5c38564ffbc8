import type { CompiledPayments } from '../../contracts/compiled-payments.ts';
import { paymentsReplies, paymentsRequests } from '../../contracts/payments-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The schemas of requests, by route key. */
export const paymentsRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(paymentsRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `paymentsRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const paymentsReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(paymentsReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `paymentsReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/payments` for the function that answers requests. */
export const paymentsModule = (payments: CompiledPayments): string => {
  const schemas = paymentsRequestSchemas();
  return `${jsonModule({ payments })}${compileValidators(schemas)}\nexport const requestValidators = { ${Object.keys(schemas).join(', ')} };\n`;
};

/** The source of `@compiled/payments` for the function that answers none: it needs no catalog. */
export const definitionModule = ({ catalog, ...payments }: CompiledPayments): string =>
  `${jsonModule({ payments })}export const requestValidators = {};\n`;
