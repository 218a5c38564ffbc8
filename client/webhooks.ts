import type { Page } from '../contracts/data.ts';
import type {
  NewWebhookEndpoint,
  WebhookDelivery,
  WebhookDeliveryWithBody,
  WebhookEndpoint,
  WebhookEndpointPatch,
  WebhookEndpointWithSecret,
  WebhookReplay,
  WebhookReplayQuery,
  WebhookStatus,
  webhookRoutes,
} from '../contracts/webhooks.ts';
import type { EndpointsOf } from './endpoints.ts';
import type { PageQuery } from './push-types.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { Call, CallOptions, Endpoint, Transport } from './transport.ts';

// Here, and not with the endpoints of the other features, so that both are loaded when they are used.
const at = {
  createWebhook: 'POST /webhooks/endpoints',
  listWebhooks: 'GET /webhooks/endpoints',
  readWebhook: 'GET /webhooks/endpoints/{id}',
  updateWebhook: 'PATCH /webhooks/endpoints/{id}',
  deleteWebhook: 'DELETE /webhooks/endpoints/{id}',
  rotateWebhookSecret: 'POST /webhooks/endpoints/{id}/rotate-secret',
  testWebhook: 'POST /webhooks/endpoints/{id}/test',
  listWebhookDeliveries: 'GET /webhooks/endpoints/{id}/deliveries',
  readWebhookDelivery: 'GET /webhooks/endpoints/{id}/deliveries/{delivery}',
  replayWebhookDelivery: 'POST /webhooks/endpoints/{id}/deliveries/{delivery}/replay',
  replayWebhookDeliveries: 'POST /webhooks/endpoints/{id}/replay',
} as const satisfies EndpointsOf<typeof webhookRoutes>;

/** Which deliveries to list. */
export interface DeliveryQuery extends PageQuery {
  /** @default all of them */
  readonly status?: WebhookStatus | undefined;
}

/**
 * Endpoints that events are sent to, for members of the admin group: one method for each route under `/webhooks`.
 *
 * @example
 * ```ts
 * const { id, secret } = await client.admin.webhooks.create({ url: 'https://crm.example.com/hooks', events: ['Order.*'] });
 * await client.admin.webhooks.test(id);
 * ```
 */
export class WebhooksClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All endpoints. */
  async list(options?: CallOptions): Promise<readonly WebhookEndpoint[]> {
    return expectPage<Page<WebhookEndpoint>>(await this.#transport.send(at.listWebhooks, { signal: options?.signal })).items;
  }

  /** Adds an endpoint. Its `secret` is shown this once. */
  create(endpoint: NewWebhookEndpoint, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    return this.#send(at.createWebhook, { body: endpoint, signal: options?.signal });
  }

  read(id: string, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#send(at.readWebhook, { path: { id }, signal: options?.signal });
  }

  /** Changes what is given. `headers` take the place of those that were. */
  update(id: string, patch: WebhookEndpointPatch, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#send(at.updateWebhook, { path: { id }, body: patch, signal: options?.signal });
  }

  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.send(at.deleteWebhook, { path: { id }, signal: options?.signal });
  }

  /**
   * Gives the endpoint a new `secret`, which is shown this once.
   *
   * @param rotation.graceSeconds how long the old one signs, too. @default 86400
   */
  rotateSecret(id: string, rotation: { readonly graceSeconds?: number } = {}, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    return this.#send(at.rotateWebhookSecret, { path: { id }, body: rotation, signal: options?.signal });
  }

  /** Sends an event `webhook.test`. */
  test(id: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.#send(at.testWebhook, { path: { id }, signal: options?.signal });
  }

  /** A page of what was sent to an endpoint, newest first. A page of one status may have few items, or none, and a cursor. */
  async deliveries(id: string, { status, limit, cursor }: DeliveryQuery = {}, options?: CallOptions): Promise<Page<WebhookDelivery>> {
    const call = { path: { id }, query: { status, limit, cursor }, signal: options?.signal };
    return expectPage(await this.#transport.send(at.listWebhookDeliveries, call));
  }

  /** A delivery, and what it sends. */
  delivery(id: string, delivery: string, options?: CallOptions): Promise<WebhookDeliveryWithBody> {
    return this.#send(at.readWebhookDelivery, { path: { id, delivery }, signal: options?.signal });
  }

  /** Sends a delivery again, now, under the id that it had. */
  replay(id: string, delivery: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.#send(at.replayWebhookDelivery, { path: { id, delivery }, signal: options?.signal });
  }

  /**
   * Sends deliveries again that have failed, up to 100 at a time, the oldest first: go on with `cursor` while there is one.
   *
   * @param failed.since of events that happened then or later: ISO 8601
   */
  replayFailed(id: string, failed: WebhookReplayQuery, options?: CallOptions): Promise<WebhookReplay> {
    return this.#send(at.replayWebhookDeliveries, { path: { id }, body: failed, signal: options?.signal });
  }

  async #send<T>(endpoint: Endpoint, call: Call): Promise<T> {
    return expectObject(await this.#transport.send(endpoint, call)) as unknown as T;
  }
}
