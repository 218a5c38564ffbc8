import type { IncomingMessage } from 'node:http';
import { AwsError, type InvokeResult, type LocalContext } from '../service.ts';
import type { Authorization } from './authorization.ts';
import { isPreflight, preflightResponse } from './cors.ts';
import { forbidden, GatewayError, internalError, notFound, tooLarge, unavailable } from './gateway-error.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { HttpApi, Integration, Stage } from './http-api.ts';
import { JwtAuthorizer } from './jwt-authorizer.ts';
import { LambdaAuthorizer } from './lambda-authorizer.ts';
import { proxyEvent, type RoutedRequest } from './proxy-event.ts';
import { earlyProxyEvent } from './proxy-event-1.ts';
import { type GatewayResponse, proxyResponse } from './proxy-response.ts';
import { readBody } from './read-body.ts';
import { type RouteMatch, RouteTable } from './route-table.ts';
import { Throttle } from './throttle.ts';

/** What a request has come to so far, for the access log. */
export interface Progress {
  stage?: Stage;
  routeKey?: string;
  authorization?: Authorization;
}

/** The way of a request through an HTTP API: stage, route, throttle, authorizer, body, integration. */
export class RequestPipeline {
  readonly #api: HttpApi;
  readonly #context: LocalContext;
  readonly #routes: RouteTable;
  readonly #throttles: ReadonlyMap<string, Throttle>;
  readonly #authorizers: ReadonlyMap<string, JwtAuthorizer | LambdaAuthorizer>;

  constructor(api: HttpApi, context: LocalContext) {
    this.#api = api;
    this.#context = context;
    this.#routes = new RouteTable(api.routes);
    this.#throttles = new Map([...api.stages.values()].map((stage) => [stage.name, new Throttle(stage, context.clock)]));
    this.#authorizers = new Map(
      [...api.authorizers].map(([id, definition]) => [
        id,
        definition.type === 'JWT' ? new JwtAuthorizer(definition, context) : new LambdaAuthorizer(definition, context),
      ]),
    );
  }

  /** @throws GatewayError for what the gateway answers itself */
  async run(request: GatewayRequest, message: IncomingMessage, progress: Progress): Promise<GatewayResponse> {
    const { stage, path } = this.#stageOf(request.path);
    progress.stage = stage;
    const match = this.#routes.match(request.method, path);
    if (match !== undefined) progress.routeKey = match.route.key;
    if (this.#api.cors !== undefined && isPreflight(request) && !(match && needsAuthorization(match))) {
      return preflightResponse(this.#api.cors, request);
    }
    if (match === undefined) throw notFound();
    if (this.#throttles.get(stage.name)?.take(match.route.key) === false) throw new GatewayError(429, 'Too Many Requests');
    const routed: RoutedRequest = { request, api: this.#api, stage, match, account: this.#context.account };
    const authorization = await this.#authorize(routed);
    if (authorization !== undefined) progress.authorization = authorization;
    // "To support preflight with an authorizer on $default, add a route": one that passed the authorizer is still the gateway's to answer.
    if (this.#api.cors !== undefined && isPreflight(request)) return preflightResponse(this.#api.cors, request);
    const body = await readBody(message);
    return this.#integrate(routed, body, authorization);
  }

  #stageOf(path: string): { stage: Stage; path: string } {
    const name = path.slice(1).split('/', 1)[0] ?? '';
    const named = name === '$default' ? undefined : this.#api.stages.get(name);
    if (named !== undefined) return { stage: named, path: path.slice(name.length + 1) || '/' };
    const stage = this.#api.stages.get('$default');
    if (stage === undefined) throw notFound();
    return { stage, path };
  }

  async #authorize(routed: RoutedRequest): Promise<Authorization | undefined> {
    const { route } = routed.match;
    if (route.authorizationType === 'NONE') return undefined;
    const authorizer = route.authorizerId === undefined ? undefined : this.#authorizers.get(route.authorizerId);
    if (authorizer === undefined) throw forbidden(`local mode has no ${route.authorizationType} authorization`);
    return authorizer.authorize(routed);
  }

  async #integrate(routed: RoutedRequest, body: Buffer | undefined, authorization: Authorization | undefined): Promise<GatewayResponse> {
    const { integration, key } = routed.match.route;
    if (integration?.functionArn === undefined) throw internalError(`the integration of ${key} does not run locally`);
    const build = integration.payloadVersion === '2.0' ? proxyEvent : earlyProxyEvent;
    const event = build(routed, body, authorization);
    const result = await this.#invoke(integration.functionArn, event, integration);
    if (result.functionError !== undefined) throw internalError('the function failed');
    return proxyResponse(result.payload, integration.payloadVersion);
  }

  async #invoke(functionArn: string, event: unknown, { timeoutMs }: Integration): Promise<InvokeResult> {
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unavailable(`the function did not answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([this.#context.invoke(functionArn, event), timedOut]);
    } catch (error) {
      throw error instanceof AwsError ? invocationError(error) : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function needsAuthorization({ route }: RouteMatch): boolean {
  return route.authorizationType !== 'NONE';
}

function invocationError(error: AwsError): GatewayError {
  if (error.code === 'RequestTooLargeException') return tooLarge();
  const retryable = error.code === 'TooManyRequestsException' || error.status === 503;
  return retryable ? unavailable(error.message, error) : internalError(error.message, error);
}
