import { z } from 'zod';
import { type WebhookRoute, webhookLimits, webhookStatuses } from './webhooks.ts';
import { typeFilterPattern } from './webhooks-options.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** What leads nowhere it may is refused by the handlers. */
const url = z.string().min(1).max(webhookLimits.urlLength);
const description = z.string().min(1).max(500);
const events = z.array(z.string().max(200).regex(typeFilterPattern)).min(1).max(webhookLimits.filters);
/** Printable ASCII: no line break can begin another header. */
const headers = z.record(
  z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  z
    .string()
    .max(webhookLimits.headerLength)
    .regex(/^[!-~](?:[ -~]*[!-~])?$/),
);

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const webhookRequests = {
  createWebhook: z.strictObject({
    url,
    description: description.optional(),
    events: events.optional(),
    enabled: z.boolean().optional(),
    headers: headers.optional(),
  }),
  updateWebhook: z.strictObject({
    url: url.optional(),
    description: description.nullable().optional(),
    events: events.optional(),
    enabled: z.boolean().optional(),
    headers: headers.optional(),
  }),
  rotateWebhookSecret: z.strictObject({ graceSeconds: z.int().min(0).max(604_800).optional() }),
  replayWebhookDeliveries: z.strictObject({
    since: z.iso.datetime({ offset: true }),
    cursor: z.string().min(1).max(8_000).optional(),
  }),
} as const satisfies Partial<Record<WebhookRoute, z.ZodType>>;

const endpoint = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string().optional(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  disabledReason: z.enum(['admin', 'gone', 'failing']).optional(),
  headerNames: z.array(z.string()),
  secrets: z.array(z.object({ createdAt: z.string(), expiresAt: z.string().optional() })),
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  failures: z.int(),
  failingSince: z.string().optional(),
});
const endpointWithSecret = endpoint.extend({ secret: z.string() });
const delivery = z.object({
  id: z.string(),
  endpointId: z.string(),
  messageId: z.string(),
  type: z.string(),
  status: z.enum(webhookStatuses),
  createdAt: z.string(),
  nextAttemptAt: z.string().optional(),
  attempts: z.array(
    z.object({
      at: z.string(),
      durationMs: z.int(),
      status: z.int().optional(),
      error: z.string().optional(),
      answer: z.string().optional(),
    }),
  ),
  attemptsLeftOut: z.int().optional(),
});

/** The bodies of answers by route. */
export const webhookReplies = {
  createWebhook: endpointWithSecret,
  listWebhooks: z.object({ items: z.array(endpoint) }),
  readWebhook: endpoint,
  updateWebhook: endpoint,
  rotateWebhookSecret: endpointWithSecret,
  testWebhook: delivery,
  listWebhookDeliveries: z.object({ items: z.array(delivery), cursor: z.string().optional() }),
  readWebhookDelivery: delivery.extend({
    body: z.object({ type: z.string(), timestamp: z.string(), data: z.unknown() }).optional(),
  }),
  replayWebhookDelivery: delivery,
  replayWebhookDeliveries: z.object({ replayed: z.int(), cursor: z.string().optional() }),
} as const satisfies Partial<Record<WebhookRoute, z.ZodType>>;

/** The body of a request, as its schema has it. */
export type WebhookRequest<K extends keyof typeof webhookRequests> = z.output<(typeof webhookRequests)[K]>;
