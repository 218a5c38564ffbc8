import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { LocalContext } from '../service.ts';
import { type AccessRecord, accessLogLine } from './access-log.ts';
import { applyCors, isPreflight } from './cors.ts';
import { GatewayError, internalError } from './gateway-error.ts';
import { type GatewayRequest, readRequest } from './gateway-request.ts';
import type { HttpApi } from './http-api.ts';
import type { GatewayResponse } from './proxy-response.ts';
import { refuseConnection, refuseMalformed } from './refuse-connection.ts';
import { type Progress, RequestPipeline } from './request-pipeline.ts';

/** Names, separators and values; the gateway's own limit of 10,240 bytes counts values only. */
const MAX_HEADER_BYTES = 20_480;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;
/** More clients than this at once are turned away with a 503, before file descriptors run out. */
const MAX_CONNECTIONS = 2_000;
/** How long running requests may still take when a run ends. */
const GRACE_MS = 10_000;

/** The HTTP server of one API. */
export class HttpApiServer {
  readonly #api: HttpApi;
  readonly #context: LocalContext;
  readonly #pipeline: RequestPipeline;
  readonly #server: Server;
  readonly #maxConnections: number;
  #connections = 0;

  /** @param maxConnections @default 2000 */
  constructor(api: HttpApi, context: LocalContext, maxConnections = MAX_CONNECTIONS) {
    this.#api = api;
    this.#maxConnections = maxConnections;
    this.#context = context;
    this.#pipeline = new RequestPipeline(api, context);
    this.#server = createServer(
      {
        insecureHTTPParser: false,
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: 1_000,
      },
      (message, response) => void this.#serve(message, response),
    );
    this.#server.on('connection', (socket) => this.#count(socket));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket as Socket));
    this.#server.on('connect', (_, socket) => refuseConnection(socket as Socket, 400, 'Bad Request'));
  }

  /** @param port 0 for any free one. @returns the port it listens on */
  async listen(port: number): Promise<number> {
    await new Promise<void>((listening, failed) => {
      this.#server.once('error', failed);
      this.#server.listen({ port, host: '127.0.0.1', backlog: MAX_CONNECTIONS }, listening);
    });
    this.#server.on('error', (error) => this.#context.log.error('apigateway', `${this.#api.name}: ${error.message}`));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets running requests finish. */
  async dispose(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  #count(socket: Socket): void {
    this.#connections += 1;
    socket.once('close', () => {
      this.#connections -= 1;
    });
    if (this.#connections > this.#maxConnections) refuseConnection(socket, 503, 'Service Unavailable');
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const progress: Progress = {};
    let request: GatewayRequest | undefined;
    let error: GatewayError | undefined;
    let answer: GatewayResponse;
    try {
      request = readRequest(message, this.#context.clock.now());
      answer = await this.#pipeline.run(request, message, progress);
    } catch (thrown) {
      error = this.#asGatewayError(thrown);
      answer = errorResponse(error);
    }
    if (request !== undefined && this.#api.cors !== undefined && !(isPreflight(request) && error === undefined)) {
      applyCors(this.#api.cors, request, answer.headers);
    }
    send(response, answer, request?.id, this.#server.listening);
    // Without it a client that sent no body yet, or too much of one, would keep the connection busy.
    if (!message.complete) message.resume();
    if (request !== undefined) this.#log({ request, progress, answer, error, latencyMs: performance.now() - startedAt });
  }

  #asGatewayError(thrown: unknown): GatewayError {
    const error = thrown instanceof GatewayError ? thrown : internalError(String(thrown), thrown);
    if (error.status >= 500) this.#context.log.error('apigateway', error.reason ?? error.message);
    return error;
  }

  #log(done: {
    request: GatewayRequest;
    progress: Progress;
    answer: GatewayResponse;
    error: GatewayError | undefined;
    latencyMs: number;
  }): void {
    const { request, progress, answer, error, latencyMs } = done;
    const { log } = this.#context;
    if (log.debug === undefined || progress.stage === undefined) return;
    const record: AccessRecord = {
      ...{ request, api: this.#api, stage: progress.stage, routeKey: progress.routeKey, authorization: progress.authorization },
      ...{ status: answer.status, responseLength: Buffer.byteLength(answer.body), latencyMs, error },
    };
    const format = progress.stage.accessLogFormat ?? '$context.httpMethod $context.path $context.status $context.responseLatency ms';
    log.debug('apigateway', accessLogLine(format, record));
  }
}

function errorResponse({ status, message, headers }: GatewayError): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, cookies: [], body: JSON.stringify({ message }) };
}

function send(response: ServerResponse, answer: GatewayResponse, requestId: string | undefined, listening: boolean): void {
  const headers: Record<string, string | readonly string[] | number> = { ...answer.headers };
  if (requestId !== undefined) headers['apigw-requestid'] = requestId;
  if (answer.cookies.length > 0) headers['set-cookie'] = answer.cookies;
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = Buffer.byteLength(answer.body);
  if (!listening) headers['connection'] = 'close';
  response.writeHead(answer.status, headers as Record<string, string | string[] | number>);
  response.end(answer.body);
}
