import { StartError } from '../../start-error.ts';
import { AwsError, type LocalContext, type ResolvedResource } from '../service.ts';
import { AccessTokens } from './access-tokens.ts';
import type { BusEvent } from './bus-event.ts';
import { type Connection, type ConnectionAuthorization, readConnection } from './connection.ts';
import { type OpenConnection, openConnection } from './connection-secrets.ts';
import { authorizationHeader, type DestinationRequest, destinationRequest } from './destination-request.ts';
import { InvocationRate } from './invocation-rate.ts';
import type { Rule, Target } from './rule.ts';
import { type DestinationAnswer, send } from './send-request.ts';

/** An event for an endpoint. */
export interface Invocation {
  readonly rule: Rule;
  readonly target: Target;
  readonly event: BusEvent;
  /** What the target makes of the event. */
  readonly input: string;
}

interface ApiDestination {
  readonly connection: Connection;
  readonly endpoint: string;
  readonly method: string;
  readonly rate: InvocationRate;
}

/** Thrown for an event that has to wait until its turn comes: it was not tried. */
export class PostponedError extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('the rate of the API destination is used up');
    this.name = 'PostponedError';
    this.waitMs = waitMs;
  }
}

/** Thrown for an answer after which the event is tried again. */
export class RetriableAnswerError extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined) {
    super(message);
    this.name = 'RetriableAnswerError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** "The maximum number of invocations per second to send to each API destination endpoint: 300" ("Amazon EventBridge quotas"). */
const MAX_PER_SECOND = 300;
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** The API destinations of a run. */
export class ApiDestinations {
  readonly #destinations: ReadonlyMap<string, ApiDestination>;
  readonly #tokens = new AccessTokens();
  readonly #context: LocalContext;

  /** @throws StartError for what AWS would not take */
  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.#context = context;
    const connections = resources.filter(({ type }) => type === 'AWS::Events::Connection').map(readConnection);
    const byArn = new Map(connections.map((connection) => [connection.arn, connection]));
    const declared = resources.filter(({ type }) => type === 'AWS::Events::ApiDestination');
    this.#destinations = new Map(declared.map((resource) => [resource.attributes['Arn'] ?? '', readDestination(resource, byArn)]));
  }

  /**
   * Calls the endpoint with an event. As long as nobody has given the secrets of its connection, the inbox takes the place of it.
   *
   * @throws PostponedError, RetriableAnswerError, or AwsError where trying again changes nothing
   */
  async invoke({ rule, target, event, input }: Invocation): Promise<void> {
    const destination = this.#destinations.get(target.arn);
    if (destination === undefined) throw new AwsError('ResourceNotFoundException', `API destination ${target.arn} does not exist.`);
    const waitMs = destination.rate.waitOf(`${rule.arn} ${target.id} ${event.id}`, performance.now());
    if (waitMs > 0) throw new PostponedError(waitMs);
    const connection = await openConnection(destination.connection, this.#context);
    const { method } = destination;
    const endpoint = standIn(destination.endpoint, connection);
    const requestWith = (authorization: Readonly<Record<string, string>>) =>
      destinationRequest({ endpoint, method, parameters: connection.parameters, authorization, target, event, input });
    if (!connection.isComplete) {
      this.#record(requestWith(placeholder(connection.authorization)));
      return;
    }
    const { authorization } = connection;
    if (authorization.kind !== 'OAUTH_CLIENT_CREDENTIALS') {
      assertTaken(endpoint, await send(requestWith(authorizationHeader(authorization))));
      return;
    }
    const client = { ...authorization, endpoint: standIn(authorization.endpoint, connection) };
    const token = await this.#tokens.get(client, this.#context.clock.now());
    const answer = await send(requestWith({ authorization: `Bearer ${token.value}` }));
    if (answer.status === 401 || answer.status === 407) {
      this.#tokens.drop(client);
      if (!token.isNew) throw new RetriableAnswerError(`${endpoint} answered ${answer.status}`, answer.retryAfterMs);
    }
    assertTaken(endpoint, answer);
  }

  #record({ url, headers, body }: DestinationRequest): void {
    const at = new Date(this.#context.clock.now()).toISOString();
    this.#context.inbox.deliver({ at, channel: 'webhook', to: url, body: JSON.stringify({ headers, body }) });
  }
}

function readDestination({ logicalId, properties }: ResolvedResource, connections: ReadonlyMap<string, Connection>): ApiDestination {
  const { ConnectionArn, InvocationEndpoint: endpoint, HttpMethod: method, InvocationRateLimitPerSecond: rate } = properties;
  const connection = connections.get(String(ConnectionArn));
  const fault =
    connection === undefined
      ? 'ConnectionArn is none of this template'
      : typeof endpoint !== 'string' || !/^https:\/\/[^/?#]+/.test(endpoint)
        ? 'InvocationEndpoint is no https URL'
        : METHODS.includes(String(method))
          ? undefined
          : `HttpMethod is ${String(method)}`;
  if (connection === undefined || fault !== undefined) {
    const advice = 'Mend it where it is defined: a deployment would fail too.';
    throw new StartError(`The API destination ${logicalId} is not valid: ${fault}.`, advice);
  }
  return { connection, endpoint: String(endpoint), method: String(method), rate: new InvocationRate(Number(rate ?? MAX_PER_SECOND)) };
}

/** Only what is on this machine may take the place of a service. */
function standIn(url: string, { apiUrl }: OpenConnection): string {
  if (apiUrl === undefined) return url;
  const { origin, hostname } = new URL(apiUrl);
  if (hostname !== '127.0.0.1') throw new Error(`apiUrl of a secret is ${apiUrl}: give http://127.0.0.1:<port>`);
  return url.replace(/^https:\/\/[^/?#]+/, origin);
}

const placeholder = (authorization: ConnectionAuthorization): Readonly<Record<string, string>> =>
  authorization.kind === 'OAUTH_CLIENT_CREDENTIALS' ? { authorization: 'Bearer access_token' } : authorizationHeader(authorization);

/** "Events associated with error codes 429 and 5xx are retried", and no others; a negative `Retry-After` stops that. */
function assertTaken(endpoint: string, { status, retryAfterMs }: DestinationAnswer): void {
  if (status >= 200 && status <= 299) return;
  const message = `${endpoint} answered ${status}`;
  const isRetriable = (status === 429 || status >= 500) && (retryAfterMs ?? 0) >= 0;
  throw isRetriable ? new RetriableAnswerError(message, retryAfterMs) : new AwsError('InvocationFailed', message);
}
