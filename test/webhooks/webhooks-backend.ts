import { setTimeout as pause } from 'node:timers/promises';
import type { NewWebhookEndpoint, WebhookDelivery, WebhookEndpoint, WebhookEndpointWithSecret } from '../../contracts/webhooks.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, newToken, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import type { WebhooksAppSettings } from './webhooks-app.ts';

const patienceMs = 60_000;

/** Waits until something is so. */
export const until = async <T>(look: () => Promise<T> | T, isSo: (seen: T) => boolean, longestMs = patienceMs): Promise<T> => {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    await pause(25);
  }
};

type StoredItem = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The backend of webhooks-app.ts in local mode, over HTTP. */
export class WebhooksBackend {
  readonly local: LocalBackend;
  readonly admin: Person;
  readonly person: Person;
  /** Of those whose first one has ended, as the clock moves. */
  readonly #tokens = new Map<string, string>();

  private constructor(local: LocalBackend, admin: Person, person: Person) {
    this.local = local;
    this.admin = admin;
    this.person = person;
  }

  static async start(settings: WebhooksAppSettings = {}, options: Partial<LocalOptions> = {}): Promise<WebhooksBackend> {
    const local = await startLocal({ assembly: cachedAssembly({ app: 'test/webhooks/webhooks-app.ts', settings }), ...options });
    const [admin, person] = [await newPerson(local, ['admins']), await newPerson(local)];
    return new WebhooksBackend(local, admin, person);
  }

  /** The token of somebody, as the last call had it. */
  tokenOf(who: Person): string {
    return this.#tokens.get(who.id) ?? who.token;
  }

  async call(who: Person | undefined, call: ApiCall): Promise<ApiAnswer> {
    const answer = await callApi(this.local.apiUrl, { ...call, token: who && this.tokenOf(who) });
    if (answer.status !== 401 || who === undefined) return answer;
    this.#tokens.set(who.id, await newToken(this.local.apiUrl, who.email));
    return callApi(this.local.apiUrl, { ...call, token: this.#tokens.get(who.id) });
  }

  /** Calls a route as an admin that must succeed, and gives its body. */
  async done<T>(call: ApiCall, who: Person = this.admin): Promise<T> {
    const answer = await this.call(who, call);
    if (answer.status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${answer.status}: ${answer.text}`);
    return answer.json as T;
  }

  add(endpoint: NewWebhookEndpoint): Promise<WebhookEndpointWithSecret> {
    return this.done({ method: 'POST', path: '/webhooks/endpoints', body: endpoint });
  }

  endpoint(id: string): Promise<WebhookEndpoint> {
    return this.done({ path: `/webhooks/endpoints/${id}` });
  }

  /** Removes all endpoints, so that tests do not hear each other. */
  async clear(): Promise<void> {
    const { items } = await this.done<{ items: WebhookEndpoint[] }>({ path: '/webhooks/endpoints' });
    for (const { id } of items) await this.done({ method: 'DELETE', path: `/webhooks/endpoints/${id}` });
  }

  /** The deliveries of an endpoint, newest first. */
  async deliveries(id: string): Promise<readonly WebhookDelivery[]> {
    return (await this.done<{ items: WebhookDelivery[] }>({ path: `/webhooks/endpoints/${id}/deliveries` })).items;
  }

  /** Waits until the newest delivery of an endpoint is so. */
  async delivery(id: string, isSo: (delivery: WebhookDelivery) => boolean): Promise<WebhookDelivery> {
    const [newest] = await until(
      () => this.deliveries(id),
      ([first]) => first !== undefined && isSo(first),
    );
    return newest as WebhookDelivery;
  }

  createNote(title: string): Promise<{ readonly id: string }> {
    return this.done({ method: 'POST', path: '/data/Note', body: { title } }, this.person);
  }

  /** All that a table holds whose logical name begins so. */
  async items(name: string): Promise<readonly StoredItem[]> {
    const { dynamodb } = (await this.local.dump()) as { dynamodb: Record<string, StoredItem[]> };
    return Object.entries(dynamodb).flatMap(([table, items]) => (table.includes(name) ? items : []));
  }

  /** Requests to AWS services, by service and operation, that something costs. */
  async requestsOf(work: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
    this.local.resetCounts();
    await work();
    return Object.fromEntries(Object.entries(this.local.counts()).map(([name, { requests }]) => [name, requests]));
  }

  /** Waits until what happened before has led to all that it leads to: no request to AWS for a second. */
  async settles(): Promise<void> {
    do {
      this.local.resetCounts();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    } while (Object.keys(this.local.counts()).length > 0);
  }

  stop(): Promise<void> {
    return this.local.dispose();
  }
}
