import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LocalLog } from '../log.ts';
import type { Iam } from '../services/iam/iam.ts';
import { AwsError, type AwsRequest, type AwsResponse, type LocalService, type Principal } from '../services/service.ts';
import { drain, readBody } from './aws-body.ts';
import type { AwsCredentialStore } from './aws-credentials.ts';
import { hasLocalHost, isLocalRequest } from './aws-origin-guard.ts';
import { protocolOf, renderError } from './aws-protocol.ts';
import { AwsTraffic } from './aws-traffic.ts';
import { parseAuthorization, parseCredential, type SigningScope } from './sigv4-authorization.ts';

export interface AwsEndpointOptions {
  readonly iam: Iam;
  readonly credentials: AwsCredentialStore;
  readonly log: LocalLog;
  /** Answers requests under `/_plinth/`, which are no AWS requests. */
  readonly tools: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Where a request goes, and who sends it. */
interface Sender {
  readonly service: string;
  readonly principal: Principal | undefined;
}

/** Longer than any SDK keeps a socket, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;
const NO_BODY = Buffer.alloc(0);
const NO_QUERY = new URLSearchParams();

/** The one HTTP server that stands for all of AWS: every function finds it in `AWS_ENDPOINT_URL`. */
export class AwsEndpoint {
  readonly traffic = new AwsTraffic();
  readonly #options: AwsEndpointOptions;
  readonly #services = new Map<string, LocalService>();
  readonly #server: Server;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: AwsEndpointOptions) {
    this.#options = options;
    // A large upload takes as long as it takes.
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true, requestTimeout: 0 }, (request, response) =>
      this.#receive(request, response),
    );
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (isForTools(request)) response.writeContinue();
      this.#receive(request, response);
    });
  }

  /** Opens the port; requests to services that have not been added yet are answered with 503. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((listening, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(port, '127.0.0.1', listening);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  add(signingName: string, service: LocalService): void {
    this.#services.set(signingName, service);
  }

  /** Takes no new connection, lets what is in flight finish within the time, and closes. */
  async dispose(graceMs = 5_000): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeIdleConnections();
    if (this.#inFlight > 0) {
      const idle = new Promise<void>((done) => {
        this.#onIdle = done;
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((done) => {
        timer = setTimeout(done, graceMs);
      });
      await Promise.race([idle, late]);
      clearTimeout(timer);
    }
    this.#server.closeAllConnections();
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (isForTools(request)) {
      this.#options.tools(request, response);
      return;
    }
    this.#inFlight += 1;
    this.#answer(request, response)
      .catch((error: unknown) => {
        this.#options.log.error('aws', `could not answer: ${error instanceof Error ? error.stack : String(error)}`);
        response.destroy();
      })
      .finally(() => {
        this.#inFlight -= 1;
        if (this.#inFlight === 0) this.#onIdle?.();
      });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const requestId = randomUUID();
    agreeOnDate(request, response);
    const url = request.url ?? '/';
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const query = queryAt < 0 ? NO_QUERY : new URLSearchParams(url.slice(queryAt + 1));
    const scope = parseAuthorization(request.headers.authorization ?? '');
    let service = scope?.service ?? serviceOfUnsigned(request, path);
    let operation = operationOf(request.headers);
    let answer: AwsResponse;
    try {
      const sender = this.#sender(request, scope, path, query);
      service = sender.service;
      const content = await this.#content(service, request, response);
      if (protocolOf(service, request.headers) === 'query') operation = new URLSearchParams(content.body.toString()).get('Action') ?? '';
      answer = await this.#serve(sender, { ...asAwsRequest(request), path, query, ...content, operation });
    } catch (error) {
      const place = { protocol: protocolOf(service, request.headers), service, requestId, path };
      answer = renderError(this.#asAwsError(error, service, operation), place);
    }
    const called = `${service}:${answer.operation || operation || (request.method ?? '')}`;
    this.traffic.count(called, answer.units);
    await send(response, request, answer, requestId);
    this.#options.log.debug?.('aws', `${called} ${answer.status} ${(performance.now() - startedAt).toFixed(1)} ms`);
  }

  /** The body of a request, or what opens it. */
  async #content(service: string, request: IncomingMessage, response: ServerResponse): Promise<Pick<AwsRequest, 'body' | 'openBody'>> {
    const proceed = (): void => {
      if (request.headers.expect !== undefined && !response.headersSent) response.writeContinue();
    };
    if (this.#services.get(service)?.streams !== true) {
      proceed();
      return { body: await readBody(request, service) };
    }
    return {
      body: NO_BODY,
      openBody: () => {
        proceed();
        return request;
      },
    };
  }

  async #serve(sender: Sender, request: Omit<AwsRequest, 'principal' | 'authorize'>): Promise<AwsResponse> {
    const service = this.#services.get(sender.service);
    if (service === undefined) {
      throw new AwsError('ServiceUnavailable', `The service ${sender.service} does not run locally.`, { status: 503 });
    }
    const { principal } = sender;
    const authorize: AwsRequest['authorize'] = (action, resourceArn, context) => {
      // S3 alone has resources that everyone may use, if their policy says so.
      if (principal === undefined && sender.service !== 's3')
        throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { status: 403 });
      this.#options.iam.authorize(principal, action, resourceArn, context);
    };
    return service.handle({ ...request, principal, authorize });
  }

  #sender(request: IncomingMessage, scope: SigningScope | undefined, path: string, query: URLSearchParams): Sender {
    if (scope === undefined) {
      if (request.headers.authorization?.startsWith('AWS4') !== true) return this.#unsigned(request, path, query);
      throw new AwsError('IncompleteSignatureException', 'The Authorization header has no valid credential scope.');
    }
    const owner = this.#options.credentials.owner(scope.accessKeyId);
    const token = owner !== undefined && 'sessionToken' in owner.credentials ? owner.credentials.sessionToken : undefined;
    if (owner === undefined || request.headers['x-amz-security-token'] !== token)
      throw unknownKey(protocolOf(scope.service, request.headers));
    return { service: scope.service, principal: owner.principal };
  }

  /**
   * Cognito leaves what end users call unsigned, and browsers read keys, public objects and presigned URLs.
   * A presigned request has no principal here: the service checks its signature before it believes the URL.
   * S3 says itself which pages may ask for what: a bucket has its own rules of CORS.
   */
  #unsigned(request: IncomingMessage, path: string, query: URLSearchParams): Sender {
    const presigned = parseCredential(query.get('X-Amz-Credential') ?? '');
    const service = presigned?.service ?? serviceOfUnsigned(request, path);
    if (!(service === 's3' ? hasLocalHost(request) : isLocalRequest(request)))
      throw new AwsError('AccessDeniedException', 'Only pages of this machine may send unsigned requests.', { status: 403 });
    if (service !== 'cognito-idp' && !this.#services.has(service)) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { status: 403 });
    }
    return { service, principal: undefined };
  }

  #asAwsError(error: unknown, service: string, operation: string): AwsError {
    if (error instanceof AwsError) return error;
    this.#options.log.error('aws', `${service} ${operation} failed: ${error instanceof Error ? error.stack : String(error)}`);
    return new AwsError('InternalServerError', 'The local service failed. Its log has the reason.', { status: 500, cause: error });
  }
}

const isForTools = ({ url }: IncomingMessage): boolean => url?.startsWith('/_plinth') === true;

const COGNITO_TARGET = 'AWSCognitoIdentityProviderService.';
/** `/<region>_<id>/.well-known/jwks.json`, where token verifiers find a pool's keys. */
const WELL_KNOWN = /^\/[a-z0-9-]+_[A-Za-z0-9]+\/\.well-known\//;

/** What else is unsigned can only be meant for S3, whose buckets may be public. */
function serviceOfUnsigned(request: IncomingMessage, path: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.startsWith(COGNITO_TARGET) ? 'cognito-idp' : '';
  return WELL_KNOWN.test(path) ? 'cognito-idp' : 's3';
}

/** The operation of the JSON protocols: what follows the dot of `x-amz-target`. */
function operationOf(headers: IncomingHttpHeaders): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : '';
}

function asAwsRequest(request: IncomingMessage): Pick<AwsRequest, 'method' | 'headers'> {
  // Node joins repeated headers, all but set-cookie, which no AWS client sends.
  return { method: request.method ?? 'GET', headers: request.headers as Readonly<Record<string, string>> };
}

const SIGNING_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Answers with the time that the client has. Functions go by the clock of the run, which may have been moved: SDKs would take the
 * difference for the reason of an error, and try again what was refused for good.
 */
function agreeOnDate({ headers }: IncomingMessage, response: ServerResponse): void {
  const [date, ...parts] = SIGNING_DATE.exec(String(headers['x-amz-date'])) ?? [];
  if (date === undefined) return;
  const [year = 0, month = 1, day, hours, minutes, seconds] = parts.map(Number);
  response.setHeader('date', new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds)).toUTCString());
}

function unknownKey(protocol: ReturnType<typeof protocolOf>): AwsError {
  if (protocol === 'rest-xml') {
    return new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', { status: 403 });
  }
  const code = protocol === 'query' ? 'InvalidClientTokenId' : 'UnrecognizedClientException';
  return new AwsError(code, 'The security token included in the request is invalid.', { status: protocol.startsWith('json') ? 400 : 403 });
}

async function send(response: ServerResponse, request: IncomingMessage, answer: AwsResponse, requestId: string): Promise<void> {
  const { status, headers, body } = answer;
  const head = { 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId, ...headers };
  // A body that was refused unread would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  if (body instanceof Readable) {
    response.writeHead(status, head);
    await stream(body, response);
    return;
  }
  // The answer to HEAD tells the length of what GET would give.
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...head });
  if (request.complete || request.destroyed) {
    response.end(body);
    return;
  }
  response.write(body);
  await drain(request);
  response.end();
}

/** A client that goes away in the middle is no failure of ours, and what breaks in the middle must not look whole. */
async function stream(body: Readable, response: ServerResponse): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
