import { Aspects, Duration, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnIntegration,
  CfnRoute,
  CorsHttpMethod,
  HttpApi,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { apiRoutes } from '../../contracts/api.ts';
import type { CompiledApi } from '../../contracts/compiled.ts';
import { type ApiDescription, createOpenapi } from '../../contracts/openapi.ts';
import type { Route, Routes } from '../../contracts/route.ts';
import { defaultLogRetention, type Stage } from '../stage.ts';
import { checkOrigins } from './check-origins.ts';
import { jsonModule } from './compiled-module.ts';
import { FeatureFunction, type FunctionOptions } from './feature-function.ts';
import { lambdaEntry } from './lambda-entry.ts';

/** How many requests the API takes in all. What goes beyond is answered with 429. */
export interface Throttle {
  /** Requests a second that go on for long. @default 1000 */
  readonly ratePerSecond?: number;
  /** Requests at one moment. @default 2000 */
  readonly burst?: number;
}

export interface ApiProps extends FunctionOptions {
  /** An HTTP API of your own, to which the routes are added. Its stage, CORS, logs and `$default` route stay yours. @default - a new one is made */
  readonly httpApi?: IHttpApi;
  /** The title in the OpenAPI document. @default the id of the stack */
  readonly title?: string;
  /**
   * The origins whose pages may call the API from a browser, each as `https://app.example.com`.
   * `['*']` opens it to all pages; that is safe as far as it goes, since no cookies are used. @default none
   */
  readonly corsOrigins?: readonly string[];
  /** @default 1000 requests a second, 2000 at one moment */
  readonly throttle?: Throttle;
  /** @default 'development' */
  readonly stage?: Stage;
}

/** Headers that the client sends, beside those that browsers always may. */
const requestHeaders = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'];
/** Headers that pages may read. */
const responseHeaders = ['etag', 'idempotency-replayed', 'location', 'retry-after', 'www-authenticate', 'x-request-id'];

/** What the access log holds: no query string and no path, since both may hold what is private. */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  routeKey: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  responseLength: '$context.responseLength',
  sourceIp: '$context.identity.sourceIp',
};

/** Makes the function for all other routes when every feature has added its own. */
class FallbackAspect implements IAspect {
  private readonly api: Api;
  private readonly create: () => void;
  private created = false;

  constructor(api: Api, create: () => void) {
    this.api = api;
    this.create = create;
  }

  visit(node: IConstruct): void {
    if (node !== this.api || this.created) return;
    this.created = true;
    this.create();
  }
}

/**
 * The HTTP API that features add their routes to. It answers unknown routes with problem+json and describes itself at
 * `GET /openapi.json`.
 *
 * @example
 * ```ts
 * const api = new Api(this, 'Api', { corsOrigins: ['https://app.example.com'] });
 * const auth = new Auth(this, 'Auth', { api });
 * new Data(this, 'Data', { api, auth, models: { Note } });
 * ```
 */
export class Api extends Construct {
  /** The HTTP API of API Gateway. */
  readonly httpApi: IHttpApi;
  /** The default stage. Undefined with an API of your own. */
  readonly httpStage: HttpStage | undefined;
  /** The access log. Undefined with an API of your own. */
  readonly accessLog: LogGroup | undefined;
  readonly stage: Stage;
  /** The origins whose pages may call the API. Features whose bytes are elsewhere open those to the same pages. */
  readonly corsOrigins: readonly string[];

  private readonly props: ApiProps;
  private readonly routes: Route[] = [];
  private description: ApiDescription;

  /**
   * @throws Error for an origin that is no origin, and for bounds of the throttle that are no positive numbers
   */
  constructor(scope: Construct, id: string, props: ApiProps = {}) {
    super(scope, id);
    this.props = props;
    this.stage = props.stage ?? 'development';
    this.corsOrigins = checkOrigins(props.corsOrigins ?? []);
    this.description = { title: props.title ?? scope.node.id, routes: {}, models: {} };
    if (props.httpApi === undefined) {
      this.httpApi = this.createHttpApi(this.corsOrigins);
      this.accessLog = this.createAccessLog(props.logRetention);
      this.httpStage = this.createStage(this.accessLog, props.throttle ?? {});
    } else {
      this.httpApi = props.httpApi;
      this.node.addValidation({ validate: () => this.doubledRoutes() });
    }
    Aspects.of(this).add(new FallbackAspect(this, () => this.createFallback()));
  }

  /** Where the API is reached, without a slash at the end. */
  get url(): string {
    return this.httpApi.apiEndpoint;
  }

  /**
   * Sends the requests of these routes to a function, and lets the API call it. `HEAD` goes where `GET` does.
   *
   * @param name names the function among those of the API; it becomes part of the ids of resources
   * @throws Error for a method and path that the API has already
   */
  addRoutes(name: string, routes: Routes, target: IFunction): void {
    for (const route of Object.values(routes)) {
      this.assertFree(route);
      this.routes.push(route);
    }
    const place = this.placeOf(name, target);
    const integration = this.integrate(place, name, target);
    for (const [key, route] of Object.entries(routes)) {
      this.addRoute(place, key, `${route.method} ${route.path}`, integration);
      if (route.method === 'GET') this.addRoute(place, `${key}Head`, `HEAD ${route.path}`, integration);
    }
    this.describe({ routes });
  }

  /** Adds to the OpenAPI document. */
  describe(part: Partial<ApiDescription>): void {
    this.description = {
      ...this.description,
      ...part,
      routes: { ...this.description.routes, ...part.routes },
      models: { ...this.description.models, ...part.models },
      requests: { ...this.description.requests, ...part.requests },
      replies: { ...this.description.replies, ...part.replies },
    };
  }

  /** To the gateway, variables are the same whatever their names are. */
  private assertFree({ method, path }: Route): void {
    const shapeOf = (route: Pick<Route, 'method' | 'path'>): string => `${route.method} ${route.path.replace(/\{[^}]*\}/g, '{}')}`;
    const other = this.routes.find((route) => shapeOf(route) === shapeOf({ method, path }));
    if (other !== undefined)
      throw new Error(
        `the API has the route ${other.method} ${other.path} already, so that ${method} ${path} cannot be added: use another path, or an Api of its own`,
      );
  }

  /**
   * Where the routes to a function are made: here. Those to a function of another stack are made in that one, which needs this one for
   * the tokens, the tables and the like, so that this one must not need it; and so are those to a function whose name is taken.
   */
  private placeOf(name: string, target: IFunction): Construct {
    const isOfThisStack = Stack.of(target) === Stack.of(this);
    if (isOfThisStack && this.node.tryFindChild(`${name}Integration`) === undefined) return this;
    const scope = isOfThisStack ? this : Stack.of(target);
    return new Construct(scope, `${name}-${this.node.addr.slice(-8)}${target.node.addr.slice(-8)}`);
  }

  private addRoute(place: Construct, key: string, routeKey: string, integration: CfnIntegration): void {
    new CfnRoute(place, `Route-${key}`, { apiId: this.httpApi.apiId, routeKey, target: `integrations/${integration.ref}` });
  }

  private integrate(place: Construct, name: string, target: IFunction): CfnIntegration {
    target.addPermission(`${name}Permission`, {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({ service: 'execute-api', resource: this.httpApi.apiId, resourceName: '*/*' }),
      scope: place,
    });
    return new CfnIntegration(place, `${name}Integration`, {
      apiId: this.httpApi.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: target.functionArn,
      payloadFormatVersion: '2.0',
    });
  }

  private createHttpApi(corsOrigins: readonly string[]): HttpApi {
    return new HttpApi(this, 'HttpApi', {
      createDefaultStage: false,
      ...(corsOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: [...corsOrigins],
          allowMethods: [
            ...[CorsHttpMethod.GET, CorsHttpMethod.HEAD, CorsHttpMethod.POST],
            ...[CorsHttpMethod.PUT, CorsHttpMethod.PATCH, CorsHttpMethod.DELETE],
          ],
          allowHeaders: requestHeaders,
          exposeHeaders: responseHeaders,
          // Browsers keep a preflight for two hours at most.
          maxAge: Duration.hours(2),
        },
      }),
    });
  }

  private createAccessLog(retention: RetentionDays | undefined): LogGroup {
    return new LogGroup(this, 'AccessLog', {
      retention: retention ?? defaultLogRetention(this.stage),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private createStage(accessLog: LogGroup, { ratePerSecond = 1_000, burst = 2_000 }: Throttle): HttpStage {
    if (!(ratePerSecond > 0) || !(burst > 0)) {
      throw new Error(`throttle is { ratePerSecond: ${ratePerSecond}, burst: ${burst} }: both must be more than 0`);
    }
    return new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
  }

  /** All routes of the HTTP API that the app makes. */
  private ofHttpApi(): readonly CfnRoute[] {
    const all = this.node.root.node.findAll().filter((node) => node instanceof CfnRoute);
    return all.filter(({ apiId }) => apiId === this.httpApi.apiId);
  }

  /** The gateway would refuse the second of two at the end of a deployment. */
  private doubledRoutes(): string[] {
    return [...Map.groupBy(this.ofHttpApi(), ({ routeKey }) => routeKey)].flatMap(([key, [first, second]]) =>
      second === undefined
        ? []
        : [`the HTTP API has the route ${key} twice, as ${first?.node.path} and ${second.node.path}: leave one out`],
    );
  }

  private createFallback(): void {
    this.describe({ routes: apiRoutes });
    const routes = [...this.routes, ...Object.values(apiRoutes)].map(({ method, path }) => ({ method, path }));
    const compiled: CompiledApi = { openapi: createOpenapi(this.description), routes };
    const fallback = new FeatureFunction(this, 'Fallback', {
      description: 'Plinth: the OpenAPI document, and the answer to unknown routes',
      entry: lambdaEntry('api/handler.ts'),
      modules: { '@compiled/api': jsonModule({ api: compiled }) },
      stage: this.stage,
      ...this.props,
    });
    this.addRoutes('Fallback', apiRoutes, fallback.function);
    if (this.ofHttpApi().some(({ routeKey }) => routeKey === '$default')) return;
    this.addRoute(this, 'default', '$default', this.node.findChild('FallbackIntegration') as CfnIntegration);
  }
}
