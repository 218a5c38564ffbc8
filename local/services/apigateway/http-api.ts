import type { ResolvedResource } from '../service.ts';
import { list, number, record, text } from './template-values.ts';

/** Requests per second, and how many at once. */
export interface ThrottleSettings {
  readonly ratePerSecond: number | undefined;
  readonly burst: number | undefined;
}

export interface Stage {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly defaultThrottle: ThrottleSettings;
  readonly routeThrottles: ReadonlyMap<string, ThrottleSettings>;
  /** The access log's format, if the stage has an access log. */
  readonly accessLogFormat: string | undefined;
}

export interface CorsConfiguration {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number | undefined;
}

export interface JwtAuthorizerDefinition {
  readonly type: 'JWT';
  readonly id: string;
  readonly identitySources: readonly string[];
  readonly issuer: string;
  readonly audience: readonly string[];
}

export interface LambdaAuthorizerDefinition {
  readonly type: 'REQUEST';
  readonly id: string;
  readonly identitySources: readonly string[];
  readonly functionArn: string;
  readonly payloadVersion: '1.0' | '2.0';
  readonly simpleResponses: boolean;
  readonly ttlSeconds: number;
}

export type AuthorizerDefinition = JwtAuthorizerDefinition | LambdaAuthorizerDefinition;

export interface Integration {
  /** Undefined: not a Lambda function, so it does not run locally. */
  readonly functionArn: string | undefined;
  readonly payloadVersion: '1.0' | '2.0';
  readonly timeoutMs: number;
}

export interface Route {
  /** `GET /notes/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly key: string;
  readonly integration: Integration | undefined;
  readonly authorizationType: 'NONE' | 'JWT' | 'CUSTOM' | 'AWS_IAM';
  readonly authorizerId: string | undefined;
  readonly scopes: readonly string[];
}

/** An `AWS::ApiGatewayV2::Api` of the template with all that belongs to it. */
export interface HttpApi {
  readonly id: string;
  readonly name: string;
  /** Where it answers; port 0 for any free one. */
  readonly url: string | undefined;
  readonly cors: CorsConfiguration | undefined;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly routes: readonly Route[];
  readonly authorizers: ReadonlyMap<string, AuthorizerDefinition>;
}

/** AWS's maximum, and its default. */
const MAX_INTEGRATION_MS = 30_000;
const INVOKED_FUNCTION = /(arn:[\w-]+:lambda:[\w-]+:\d+:function:[\w-]+(?::[\w$-]+)?)/;

/** Reads the HTTP APIs of a template; WebSocket APIs are left out. */
export function readHttpApis(resources: readonly ResolvedResource[]): HttpApi[] {
  const ofType = (type: string) => resources.filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`);
  return ofType('Api')
    .filter(({ properties }) => properties['ProtocolType'] !== 'WEBSOCKET')
    .map((api) => {
      const own = (type: string) => ofType(type).filter(({ properties }) => properties['ApiId'] === api.ref);
      const integrations = new Map(own('Integration').map((resource) => [resource.ref, readIntegration(resource)]));
      return {
        id: api.ref,
        name: text(api.properties['Name']) ?? api.logicalId,
        url: api.attributes['ApiEndpoint'],
        cors: readCors(api.properties['CorsConfiguration']),
        stages: new Map(own('Stage').map((resource) => [resource.ref, readStage(resource)])),
        routes: own('Route').map((resource) => readRoute(resource, integrations)),
        authorizers: new Map(own('Authorizer').map((resource) => [resource.ref, readAuthorizer(resource)])),
      };
    });
}

function readIntegration({ properties }: ResolvedResource): Integration {
  const isProxy = properties['IntegrationType'] === 'AWS_PROXY' && properties['IntegrationSubtype'] === undefined;
  return {
    functionArn: isProxy ? INVOKED_FUNCTION.exec(String(properties['IntegrationUri']))?.[1] : undefined,
    payloadVersion: properties['PayloadFormatVersion'] === '1.0' ? '1.0' : '2.0',
    timeoutMs: Math.min(number(properties['TimeoutInMillis']) ?? MAX_INTEGRATION_MS, MAX_INTEGRATION_MS),
  };
}

function readRoute({ properties }: ResolvedResource, integrations: ReadonlyMap<string, Integration>): Route {
  const target = text(properties['Target'])?.replace(/^integrations\//, '');
  return {
    key: text(properties['RouteKey']) ?? '$default',
    integration: target === undefined ? undefined : integrations.get(target),
    authorizationType: (text(properties['AuthorizationType']) ?? 'NONE') as Route['authorizationType'],
    authorizerId: text(properties['AuthorizerId']),
    scopes: list(properties['AuthorizationScopes']),
  };
}

function readStage({ ref, properties }: ResolvedResource): Stage {
  const variables = Object.entries(record(properties['StageVariables'])).map(([name, value]) => [name, String(value)] as const);
  return {
    name: ref,
    variables: variables.length === 0 ? undefined : Object.fromEntries(variables),
    defaultThrottle: readThrottle(properties['DefaultRouteSettings']),
    routeThrottles: new Map(Object.entries(record(properties['RouteSettings'])).map(([key, value]) => [key, readThrottle(value)])),
    accessLogFormat: text(record(properties['AccessLogSettings'])['Format']),
  };
}

function readThrottle(value: unknown): ThrottleSettings {
  const settings = record(value);
  return { ratePerSecond: number(settings['ThrottlingRateLimit']), burst: number(settings['ThrottlingBurstLimit']) };
}

/** The CORS settings of an API; those of a function URL have the same form. */
export function readCors(value: unknown): CorsConfiguration | undefined {
  if (value === undefined) return undefined;
  const cors = record(value);
  return {
    allowOrigins: list(cors['AllowOrigins']),
    allowMethods: list(cors['AllowMethods']),
    allowHeaders: list(cors['AllowHeaders']),
    exposeHeaders: list(cors['ExposeHeaders']),
    allowCredentials: cors['AllowCredentials'] === true || cors['AllowCredentials'] === 'true',
    maxAgeSeconds: number(cors['MaxAge']),
  };
}

function readAuthorizer({ ref, properties }: ResolvedResource): AuthorizerDefinition {
  const identitySources = list(properties['IdentitySource']);
  if (properties['AuthorizerType'] === 'JWT') {
    const jwt = record(properties['JwtConfiguration']);
    return { type: 'JWT', id: ref, identitySources, issuer: text(jwt['Issuer']) ?? '', audience: list(jwt['Audience']) };
  }
  return {
    type: 'REQUEST',
    id: ref,
    identitySources,
    functionArn: INVOKED_FUNCTION.exec(String(properties['AuthorizerUri']))?.[1] ?? '',
    payloadVersion: properties['AuthorizerPayloadFormatVersion'] === '1.0' ? '1.0' : '2.0',
    simpleResponses: properties['EnableSimpleResponses'] === true || properties['EnableSimpleResponses'] === 'true',
    ttlSeconds: number(properties['AuthorizerResultTtlInSeconds']) ?? 0,
  };
}
