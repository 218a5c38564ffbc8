import { createECDH, randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  ListSubscriptionsCommand,
  SetEndpointAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { outputs } from '../../contracts/outputs.ts';
import type { RegisterDeviceInput } from '../../contracts/push.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import type { PushAppSettings } from './push-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
/** An answer whose body the test knows the shape of. */
export interface PushAnswer extends ApiAnswer {
  readonly json: Body;
}
type StoredItem = Readonly<Record<string, Body>>;

/** What DynamoDB's JSON says, as plain values. */
const plain = (value: Body): Body => {
  const [[type, inner] = []] = Object.entries(value) as [string, Body][];
  if (type === 'N') return Number(inner);
  if (type === 'L') return inner.map(plain);
  if (type === 'M') return Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, plain(member)]));
  return inner;
};

/** A subscription as a browser makes it, of a push service that does not answer. */
export const newSubscription = (endpoint = `http://127.0.0.1:9/push/${crypto.randomUUID()}`) => {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return { endpoint, keys: { p256dh: ecdh.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') } };
};
/** A token as APNs gives it. */
export const newToken = (): string => randomBytes(32).toString('hex');

/** The backend of push-app.ts in local mode, over HTTP. */
export class PushBackend {
  readonly local: LocalBackend;
  readonly #sns: SNSClient;

  private constructor(local: LocalBackend) {
    this.local = local;
    const { endpointUrl: endpoint, region, credentials } = local;
    this.#sns = new SNSClient({ endpoint, region, credentials });
  }

  static async start(settings: PushAppSettings = {}, options: Partial<LocalOptions> = {}): Promise<PushBackend> {
    return new PushBackend(await startLocal({ assembly: cachedAssembly({ app: 'test/push/push-app.ts', settings }), ...options }));
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<PushAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  /** Calls a route that must succeed, and gives its body. */
  async done(who: Person, call: ApiCall): Promise<Body> {
    const answer = await this.call(who, call);
    if (answer.status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${answer.status}: ${answer.text}`);
    return answer.json;
  }

  register(who: Person, body: RegisterDeviceInput): Promise<Body> {
    return this.done(who, { method: 'POST', path: '/push/devices', body });
  }

  registerWeb(who: Person, subscription = newSubscription(), more: object = {}): Promise<Body> {
    return this.register(who, { platform: 'web', subscription, ...more });
  }

  async devices(who: Person): Promise<readonly Body[]> {
    return (await this.done(who, { path: '/push/devices' })).items;
  }

  prefer(who: Person, body: object): Promise<Body> {
    return this.done(who, { method: 'PATCH', path: '/push/preferences', body });
  }

  subscribe(who: Person, topic: string): Promise<Body> {
    return this.done(who, { method: 'PUT', path: `/push/topics/${topic}/subscription` });
  }

  /** All that the table holds, by partition and sort key. */
  async items(): Promise<readonly StoredItem[]> {
    const { dynamodb } = (await this.local.dump()) as Body;
    return (dynamodb[this.local.outputs[outputs.pushTableName] ?? ''] as readonly StoredItem[]).map((item) => plain({ M: item }));
  }

  /** What lies in partitions that begin so. */
  async itemsOf(prefix: string): Promise<readonly StoredItem[]> {
    return (await this.items()).filter(({ pk }) => String(pk).startsWith(prefix));
  }

  /** Stores an item past the API. */
  async put(item: object): Promise<void> {
    const { endpointUrl: endpoint, region, credentials } = this.local;
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    await client.send(new PutCommand({ TableName: this.local.outputs[outputs.pushTableName], Item: { ...item } }));
    client.destroy();
  }

  /** Which devices hear a topic by its shards. */
  async listeners(topic: string): Promise<readonly string[]> {
    return (await this.itemsOf(`T#${topic}#`)).map(({ sk }) => String(sk)).sort();
  }

  sns(): SNSClient {
    return this.#sns;
  }

  /** All endpoints of SNS, by their tokens. */
  async endpoints(): Promise<ReadonlyMap<string, { readonly arn: string; readonly enabled: boolean; readonly data: string }>> {
    const sns = this.sns();
    const { PlatformApplications = [] } = await sns.send(new ListPlatformApplicationsCommand({}));
    const pages = await Promise.all(
      PlatformApplications.map(({ PlatformApplicationArn }) =>
        sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn })),
      ),
    );
    return new Map(
      pages
        .flatMap(({ Endpoints = [] }) => Endpoints)
        .map(({ EndpointArn = '', Attributes = {} }) => [
          Attributes['Token'] ?? '',
          { arn: EndpointArn, enabled: Attributes['Enabled'] === 'true', data: Attributes['CustomUserData'] ?? '' },
        ]),
    );
  }

  /** The SNS topics that the endpoint of a token hears, as `en_news`. */
  async heard(token: string): Promise<readonly string[]> {
    const arn = (await this.endpoints()).get(token)?.arn;
    const { Subscriptions = [] } = await this.sns().send(new ListSubscriptionsCommand({}));
    return Subscriptions.filter(({ Endpoint }) => Endpoint === arn)
      .map(({ TopicArn = '' }) => TopicArn.replace(/^.*-[0-9a-f]{8}-/, ''))
      .sort();
  }

  /** All SNS subscriptions of devices, whether or not their endpoints are still there. */
  async subscriptions(): Promise<readonly string[]> {
    const { Subscriptions = [] } = await this.sns().send(new ListSubscriptionsCommand({}));
    return Subscriptions.filter(({ Protocol }) => Protocol === 'application').map(({ Endpoint = '' }) => Endpoint);
  }

  /** Subscribes an endpoint past the API. */
  async subscribeEndpoint(TopicArn: string, Endpoint: string): Promise<string> {
    const { SubscriptionArn = '' } = await this.sns().send(new SubscribeCommand({ TopicArn, Protocol: 'application', Endpoint }));
    return SubscriptionArn;
  }

  /** Does to an endpoint what SNS does when a push service refuses it. */
  async disable(token: string): Promise<void> {
    const EndpointArn = (await this.endpoints()).get(token)?.arn;
    await this.sns().send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: 'false' } }));
  }

  /** Requests to AWS services since the last look, by service and operation. */
  requests(): Readonly<Record<string, number>> {
    const counts = Object.entries(this.local.counts()).map(([key, { requests }]) => [key, requests] as const);
    this.local.resetCounts();
    return Object.fromEntries(counts);
  }

  async stop(): Promise<void> {
    this.#sns.destroy();
    await this.local.dispose();
  }
}
