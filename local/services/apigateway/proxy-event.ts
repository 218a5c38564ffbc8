import type { LocalAccount } from '../service.ts';
import type { Authorization } from './authorization.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { HttpApi, Stage } from './http-api.ts';
import type { RouteMatch } from './route-table.ts';

/** A request on its way to an integration or a Lambda authorizer. */
export interface RoutedRequest {
  readonly request: GatewayRequest;
  readonly api: HttpApi;
  readonly stage: Stage;
  readonly match: RouteMatch;
  readonly account: LocalAccount;
}

/** What the frame of an event tells of where the request goes: function URLs have no more than this. */
export interface FramedRequest extends Pick<RoutedRequest, 'request' | 'account'> {
  readonly api: Pick<HttpApi, 'id'>;
  readonly stage: Pick<Stage, 'name' | 'variables'>;
  readonly match: Pick<RouteMatch, 'parameters'> & { readonly route: Pick<RouteMatch['route'], 'key'> };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The only types whose body HTTP APIs hand on as text, as observed on AWS; forms and a missing type are not among them. */
const TEXT_TYPE = /^(?:text\/[^;]*|application\/(?:json|xml|javascript))\s*(?:;|$)/i;

/** `12/Mar/2020:19:03:58 +0000` */
export function logTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** The body as events carry it. */
export function eventBody(request: GatewayRequest, body: Buffer | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body === undefined || body.length === 0) return { isBase64Encoded: false };
  const isText = request.headers['content-encoding'] === undefined && TEXT_TYPE.test(request.headers['content-type'] ?? '');
  return isText ? { body: body.toString(), isBase64Encoded: false } : { body: body.toString('base64'), isBase64Encoded: true };
}

/** Query parameters, decoded; repeated ones joined with commas. Undefined without any. */
export function queryParameters(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === '') return undefined;
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return parameters;
}

/** The members that the events of integrations, of Lambda authorizers and of function URLs have in common, in payload format 2.0. */
export function eventFrame({ request, api, stage, match, account }: FramedRequest): Record<string, unknown> {
  const { cookies, headers } = request;
  const query = queryParameters(request.rawQuery);
  const host = headers['host'] ?? '';
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies !== undefined && { cookies }),
    headers,
    ...(query !== undefined && { queryStringParameters: query }),
    ...(match.parameters !== undefined && { pathParameters: match.parameters }),
    requestContext: {
      accountId: account.accountId,
      apiId: api.id,
      domainName: host,
      domainPrefix: host.split('.', 1)[0] ?? '',
      http: {
        method: request.method,
        path: request.path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.id,
      routeKey: match.route.key,
      stage: stage.name,
      time: logTime(request.receivedAt),
      timeEpoch: request.receivedAt,
    },
    ...(stage.variables !== undefined && { stageVariables: stage.variables }),
  };
}

/** The event of a Lambda integration in payload format 2.0. */
export function proxyEvent(routed: RoutedRequest, body: Buffer | undefined, authorization: Authorization | undefined): unknown {
  const frame = eventFrame(routed);
  const context = frame['requestContext'] as Record<string, unknown>;
  return {
    ...frame,
    requestContext: authorization === undefined ? context : { ...context, authorizer: authorization.eventContext },
    ...eventBody(routed.request, body),
  };
}
