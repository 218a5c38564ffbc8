import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteEndpointCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  SetEndpointAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { outputs } from '../../contracts/outputs.ts';
import type { Delivery, PushMessage, PushPreferences, SentMessage } from '../../contracts/push.ts';
import { pushKeys, type QueuedDelivery, type QueuedMessage } from '../../contracts/push-table.ts';
import type { InboxMessage } from '../../local/inbox.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, newToken, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiCall, callApi } from '../support/call-api.ts';
import type { DeliveriesSettings } from './deliveries-app.ts';
import type { Browser } from './push-service.ts';

/** A user with one device or several. */
export interface Owner extends Person {
  readonly devices: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into payloads of every shape
type Payload = any;

/** How long a test waits for what happens behind queues. */
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

/** What a test needs of a backend, which may run in another process. */
export type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

export const deliveriesAssembly = (settings: DeliveriesSettings): string =>
  cachedAssembly({ app: 'test/push/deliveries-app.ts', settings });

/** Push in local mode, over HTTP. */
export class DeliveriesBackend {
  readonly served: Served;
  readonly admin: Person;
  readonly #local: LocalBackend | undefined;
  /** Of those whose first one has ended. */
  readonly #tokens = new Map<string, string>();

  private constructor(served: Served, admin: Person, local: LocalBackend | undefined) {
    this.served = served;
    this.admin = admin;
    this.#local = local;
  }

  static async start(settings: DeliveriesSettings = {}, options: Partial<LocalOptions> = {}): Promise<DeliveriesBackend> {
    const local = await startLocal({ assembly: deliveriesAssembly(settings), ...options });
    return DeliveriesBackend.of(local, local);
  }

  static async of(served: Served, local?: LocalBackend): Promise<DeliveriesBackend> {
    return new DeliveriesBackend(served, await newPerson(served, ['admins']), local);
  }

  /** Requests to AWS services since the last reset, of a backend of this process. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.#local?.counts() ?? {}).map(([name, { requests }]) => [name, requests]));
  }

  resetCounts(): void {
    this.#local?.resetCounts();
  }

  /** Changes a message of the log, as if it were on its way. */
  async update(id: string, message: PushMessage): Promise<void> {
    const { endpointUrl: endpoint, region, credentials, outputs: named } = this.served;
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    await client.send(
      new UpdateCommand({
        TableName: named[outputs.pushTableName],
        Key: pushKeys.message(id),
        UpdateExpression: 'SET #status = :sending, #message = :message',
        ExpressionAttributeNames: { '#status': 'status', '#message': 'message' },
        ExpressionAttributeValues: { ':sending': 'sending', ':message': message },
      }),
    );
    client.destroy();
  }

  async stop(): Promise<void> {
    await this.#local?.dispose();
  }

  /** Calls a route that must succeed. */
  async call<T>(who: Person, call: ApiCall): Promise<T> {
    const answer = await callApi(this.served.apiUrl, { ...call, token: this.#tokens.get(who.id) ?? who.token });
    if (answer.status === 401) {
      this.#tokens.set(who.id, await newToken(this.served.apiUrl, who.email));
      return this.call(who, call);
    }
    if (answer.status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${answer.status}: ${answer.text}`);
    return answer.json as T;
  }

  async register(who: Person, body: object): Promise<string> {
    return (await this.call<{ id: string }>(who, { method: 'POST', path: '/push/devices', body })).id;
  }

  /** A new user with these browsers, which subscribe with the key of the backend. */
  async ownerOf(browsers: readonly Browser[], locale?: string): Promise<Owner> {
    const person = await newPerson(this.served);
    const devices: string[] = [];
    for (const { subscription } of browsers) {
      devices.push(await this.register(person, { platform: 'web', subscription, ...(locale && { locale }) }));
    }
    return { ...person, devices };
  }

  prefer(who: Person, preferences: Partial<PushPreferences>): Promise<unknown> {
    return this.call(who, { method: 'PATCH', path: '/push/preferences', body: preferences });
  }

  async send(message: PushMessage): Promise<string> {
    return (await this.call<SentMessage>(this.admin, { method: 'POST', path: '/push/messages', body: message })).id;
  }

  message(id: string): Promise<SentMessage> {
    return this.call(this.admin, { path: `/push/messages/${id}` });
  }

  /** What the log says of devices, by their ids. */
  async deliveries(id: string): Promise<ReadonlyMap<string, Delivery>> {
    const { items } = await this.call<{ items: readonly Delivery[] }>(this.admin, { path: `/push/messages/${id}/deliveries?limit=100` });
    return new Map(items.map((item) => [item.deviceId, item]));
  }

  /** Waits until so many devices have a result, and checks that the counts are exactly those of the results. */
  async settled(id: string, devices: number): Promise<ReadonlyMap<string, Delivery>> {
    const done = await until(
      () => this.deliveries(id),
      (seen) => [...seen.values()].filter(({ status }) => status !== undefined).length >= devices,
    );
    await this.expectExactCounts(id);
    return done;
  }

  async expectExactCounts(id: string): Promise<void> {
    const counts: Record<string, number> = { sent: 0, held: 0, muted: 0, disabled: 0, gone: 0, failed: 0 };
    for (const { status } of (await this.deliveries(id)).values()) counts[status] = (counts[status] ?? 0) + 1;
    expect((await this.message(id)).counts).toEqual(counts);
  }

  devicesOf(who: Person): Promise<{ readonly items: readonly { readonly id: string; readonly enabled: boolean }[] }> {
    return this.call(who, { path: '/push/devices' });
  }

  sqs(): SQSClient {
    const { endpointUrl: endpoint, region, credentials } = this.served;
    return new SQSClient({ endpoint, region, credentials });
  }

  /** The URL of the only queue that is called so, before what CloudFormation adds. */
  async queueUrl(part: string): Promise<string> {
    const { QueueUrls = [] } = await this.sqs().send(new ListQueuesCommand({}));
    const [url, ...others] = QueueUrls.filter((each) => new RegExp(`Push${part}[0-9A-F]{8}-`).test(each));
    if (url === undefined || others.length > 0) throw new Error(`not one queue of ${QueueUrls} is called ${part}`);
    return url;
  }

  /** Puts a delivery on the queue, as SQS does when it hands one out twice. */
  async queueDelivery(delivery: QueuedDelivery): Promise<void> {
    const QueueUrl = await this.queueUrl('DeliveriesQueue');
    await this.sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(delivery) }));
  }

  async queueMessage(message: QueuedMessage): Promise<void> {
    const QueueUrl = await this.queueUrl('MessagesQueue');
    await this.sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  }

  newPerson(): Promise<Person> {
    return newPerson(this.served);
  }

  /** Has Apple or Google refuse the next push to a token. */
  fail(token: string, reason: string): Promise<unknown> {
    return this.tool('PUT', 'push-failures', { token, reason });
  }

  /** What Apple or Google have got for a token, oldest first. */
  async pushesTo(token: string): Promise<readonly Payload[]> {
    const messages = await this.tool<readonly InboxMessage[]>('GET', `inbox?to=${encodeURIComponent(token)}`);
    return messages.map(({ body }) => JSON.parse(body)).reverse();
  }

  sns(): SNSClient {
    const { endpointUrl: endpoint, region, credentials } = this.served;
    return new SNSClient({ endpoint, region, credentials });
  }

  async #endpointOf(token: string): Promise<string> {
    const sns = this.sns();
    const { PlatformApplications = [] } = await sns.send(new ListPlatformApplicationsCommand({}));
    for (const { PlatformApplicationArn } of PlatformApplications) {
      const { Endpoints = [] } = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn }));
      const found = Endpoints.find(({ Attributes }) => Attributes?.['Token'] === token);
      if (found?.EndpointArn !== undefined) return found.EndpointArn;
    }
    throw new Error(`SNS has no endpoint of ${token}`);
  }

  async disableEndpointOf(token: string): Promise<void> {
    const EndpointArn = await this.#endpointOf(token);
    await this.sns().send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: 'false' } }));
  }

  async deleteEndpointOf(token: string): Promise<void> {
    await this.sns().send(new DeleteEndpointCommand({ EndpointArn: await this.#endpointOf(token) }));
  }

  /** Lets time pass, for queues, leases and schedules. */
  pass(seconds: number): Promise<void> {
    return this.tool('PUT', 'clock', { advanceMs: seconds * 1_000 });
  }

  /** Asks what local mode offers to tests. */
  async tool<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await callApi(this.served.endpointUrl, { method, path: `/_plinth/${path}`, body });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.json as T;
  }
}
