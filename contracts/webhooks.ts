import { defineRoutes } from './route.ts';

const ofEndpoint = ['not_found', 'invalid_id'] as const;
const ofBody = ['validation_failed', 'unknown_field'] as const;

/** The routes of outbound webhooks, for members of the admin group. */
export const webhookRoutes = defineRoutes({
  createWebhook: {
    method: 'POST',
    path: '/webhooks/endpoints',
    access: 'admins',
    summary: 'Adds an endpoint that events are sent to, and shows its secret, once',
    status: 201,
    body: 'required',
    errors: [...ofBody, 'url_not_allowed', 'too_many_endpoints'],
  },
  listWebhooks: {
    method: 'GET',
    path: '/webhooks/endpoints',
    access: 'admins',
    summary: 'Lists all endpoints, the newest last',
    status: 200,
    errors: [],
  },
  readWebhook: {
    method: 'GET',
    path: '/webhooks/endpoints/{id}',
    access: 'admins',
    summary: 'Reads an endpoint, and how it fares',
    status: 200,
    errors: [...ofEndpoint],
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/webhooks/endpoints/{id}',
    access: 'admins',
    summary: 'Changes an endpoint; to enable it again begins its count of failures anew',
    status: 200,
    body: 'required',
    errors: [...ofEndpoint, ...ofBody, 'url_not_allowed'],
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/webhooks/endpoints/{id}',
    access: 'admins',
    summary: 'Removes an endpoint; what waits for it is not sent any more',
    status: 204,
    errors: [...ofEndpoint],
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/webhooks/endpoints/{id}/rotate-secret',
    access: 'admins',
    summary: 'Gives the endpoint a new secret and shows it, once; requests are signed with the old one, too, for a time',
    status: 200,
    body: 'optional',
    errors: [...ofEndpoint, ...ofBody, 'write_conflict'],
  },
  testWebhook: {
    method: 'POST',
    path: '/webhooks/endpoints/{id}/test',
    access: 'admins',
    summary: 'Sends an event `webhook.test` to the endpoint',
    status: 202,
    errors: [...ofEndpoint, 'endpoint_disabled'],
  },
  listWebhookDeliveries: {
    method: 'GET',
    path: '/webhooks/endpoints/{id}/deliveries',
    access: 'admins',
    summary: 'Lists what was sent to an endpoint, the newest first; all of it, or that of one status',
    status: 200,
    errors: [...ofEndpoint, ...ofBody, 'invalid_cursor'],
  },
  readWebhookDelivery: {
    method: 'GET',
    path: '/webhooks/endpoints/{id}/deliveries/{delivery}',
    access: 'admins',
    summary: 'Reads a delivery, each attempt of it, and what was sent',
    status: 200,
    errors: [...ofEndpoint],
  },
  replayWebhookDelivery: {
    method: 'POST',
    path: '/webhooks/endpoints/{id}/deliveries/{delivery}/replay',
    access: 'admins',
    summary: 'Sends a delivery again, now, under the id that it had',
    status: 202,
    errors: [...ofEndpoint, 'endpoint_disabled', 'in_progress'],
  },
  replayWebhookDeliveries: {
    method: 'POST',
    path: '/webhooks/endpoints/{id}/replay',
    access: 'admins',
    summary: 'Sends deliveries again that have failed, of what happened since a time; the cursor goes on where the request has ended',
    status: 202,
    body: 'required',
    errors: [...ofEndpoint, ...ofBody, 'invalid_cursor', 'endpoint_disabled'],
  },
});

/** A key of {@link webhookRoutes}. */
export type WebhookRoute = keyof typeof webhookRoutes;

/** Bounds of outbound webhooks. */
export const webhookLimits = {
  urlLength: 2_048,
  filters: 50,
  headers: 10,
  headerLength: 1_024,
  /** Standard Webhooks, "Signature scheme": "between 24 bytes (192 bits) and 64 bytes (512 bits)". */
  secretBytes: 32,
  /** How long the old secret signs beside a new one. */
  graceSeconds: { default: 86_400, max: 7 * 86_400 },
  /** Until the connection is there, and until the answer is. */
  timeoutMs: { connect: 5_000, total: 15_000 },
  /** Of an answer; more is not read. */
  answerBytes: 1_024,
  pageSize: { default: 20, max: 100 },
  /** Entries of the log that one request reads at the most, in search of deliveries. */
  readBudget: 1_000,
  /** Deliveries that one request sends again at the most. */
  replays: 100,
  /** Attempts that are kept with a delivery, the newest: an item of DynamoDB takes 400 KB, and replays have no end. */
  keptAttempts: 50,
} as const;

/** Seconds before each attempt, as Standard Webhooks advises; each is made up to a fifth longer by chance. In all 75 hours or more. */
export const retrySchedule: readonly number[] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Why an endpoint gets nothing: an admin has said so; it has answered 410; it has failed for too long. */
export type DisabledReason = 'admin' | 'gone' | 'failing';

/** An endpoint as the API returns it. Secrets and the values of headers are never shown again. */
export interface WebhookEndpoint {
  /** UUIDv7. */
  readonly id: string;
  readonly url: string;
  readonly description?: string;
  /** Filters of event types: exact ones, `Note.*`, `*`. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly disabledReason?: DisabledReason;
  /** The names of its own headers. */
  readonly headerNames: readonly string[];
  /** The secrets that requests are signed with, newest first. */
  readonly secrets: readonly { readonly createdAt: string; readonly expiresAt?: string }[];
  /** The `sub` of the admin. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Attempts that have failed since the last that did not. */
  readonly failures: number;
  readonly failingSince?: string;
}

/** An endpoint with a secret that was just made. */
export interface WebhookEndpointWithSecret extends WebhookEndpoint {
  /** `whsec_` and base64. It is shown this once. */
  readonly secret: string;
}

/** The body of `createWebhook`. */
export interface NewWebhookEndpoint {
  /** https, to a public host. */
  readonly url: string;
  readonly description?: string;
  /** @default ['*'] */
  readonly events?: readonly string[];
  /** @default true */
  readonly enabled?: boolean;
  /** Headers of each request, beside ours. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of `updateWebhook`. `null` takes the description away. */
export interface WebhookEndpointPatch extends Partial<Omit<NewWebhookEndpoint, 'description'>> {
  readonly description?: string | null;
}

/** Each {@link WebhookStatus}. */
export const webhookStatuses = ['pending', 'succeeded', 'failed'] as const;

/**
 * - `pending`: is sent, or waits for its next attempt. - `succeeded`: the endpoint has answered with 2xx. - `failed`: given up.
 */
export type WebhookStatus = (typeof webhookStatuses)[number];

/** One attempt of a delivery. */
export interface WebhookAttempt {
  readonly at: string;
  readonly durationMs: number;
  /** Of the answer; absent where none came. */
  readonly status?: number;
  /** Why it failed: `timeout`, `url_not_allowed`, `ECONNREFUSED`, `endpoint_disabled`, … */
  readonly error?: string;
  /** The beginning of the answer to an attempt that failed. */
  readonly answer?: string;
}

/** What came of an event at an endpoint. */
export interface WebhookDelivery {
  readonly id: string;
  readonly endpointId: string;
  /** The header `webhook-id`: the same at each attempt, and at each endpoint. */
  readonly messageId: string;
  /** The type of the event. */
  readonly type: string;
  readonly status: WebhookStatus;
  readonly createdAt: string;
  /** When it is sent next. Only while it is pending. */
  readonly nextAttemptAt?: string;
  /** The newest {@link webhookLimits.keptAttempts}, oldest first. */
  readonly attempts: readonly WebhookAttempt[];
  /** How many attempts came before those; absent where there were none. */
  readonly attemptsLeftOut?: number;
}

/** The body of `replayWebhookDeliveries`: which deliveries are sent again. */
export interface WebhookReplayQuery {
  /** The failed ones of events that happened then or later. ISO 8601, with the zone. */
  readonly since: string;
  /** The `cursor` of the answer before, for the same `since`. @default the oldest come first */
  readonly cursor?: string | undefined;
}

/** What came of `replayWebhookDeliveries`. */
export interface WebhookReplay {
  /** How many deliveries this request has put on their way again. */
  readonly replayed: number;
  /** There may be more: send it along. Absent at the end. */
  readonly cursor?: string;
}

/** A delivery with what is sent; that goes when the log lets go of it. */
export interface WebhookDeliveryWithBody extends WebhookDelivery {
  readonly body?: { readonly type: string; readonly timestamp: string; readonly data: unknown };
}

/** The data of `webhook.failed`: a delivery is given up. */
export interface WebhookFailed {
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly messageId: string;
  /** The type of the event that was to be delivered. */
  readonly type: string;
  readonly attempts: number;
  /** Of the last attempt. */
  readonly status?: number;
  readonly error?: string;
}

/** The data of `webhook.disabled`: an endpoint gets nothing until an admin enables it again. */
export interface WebhookDisabled {
  readonly endpointId: string;
  readonly reason: DisabledReason;
}

/** The types of the events of webhooks themselves. They are not sent to endpoints. */
export const webhookEvents = ['webhook.failed', 'webhook.disabled'] as const;
