import type { Authorization } from './authorization.ts';
import { eventBody, logTime, type RoutedRequest } from './proxy-event.ts';

/** The event of a Lambda integration in payload format 1.0, which is that of REST APIs. */
export function earlyProxyEvent(routed: RoutedRequest, body: Buffer | undefined, authorization: Authorization | undefined): unknown {
  const { request, api, stage, match, account } = routed;
  const resource = match.route.key.split(' ')[1] ?? '$default';
  const headers = request.cookies === undefined ? request.headers : { ...request.headers, cookie: request.cookies.join('; ') };
  const query = [...new URLSearchParams(request.rawQuery)];
  const { body: text = null, isBase64Encoded } = eventBody(request, body);
  return {
    version: '1.0',
    resource,
    path: request.path,
    httpMethod: request.method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allValues(query),
    requestContext: {
      accountId: account.accountId,
      apiId: api.id,
      authorizer: authorization === undefined ? { claims: null, scopes: null } : earlyAuthorizer(authorization),
      domainName: request.headers['host'] ?? '',
      domainPrefix: (request.headers['host'] ?? '').split('.', 1)[0] ?? '',
      extendedRequestId: request.id,
      httpMethod: request.method,
      identity: { sourceIp: request.sourceIp, userAgent: request.headers['user-agent'] ?? '' },
      path: request.path,
      protocol: request.protocol,
      requestId: request.id,
      requestTime: logTime(request.receivedAt),
      requestTimeEpoch: request.receivedAt,
      resourceId: null,
      resourcePath: resource,
      stage: stage.name,
    },
    pathParameters: match.parameters ?? null,
    stageVariables: stage.variables ?? null,
    body: text,
    isBase64Encoded,
  };
}

function allValues(query: readonly (readonly [string, string])[]): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of query) values[name] = [...(values[name] ?? []), value];
  return values;
}

function earlyAuthorizer({ eventContext }: Authorization): unknown {
  return eventContext['jwt'] ?? eventContext['lambda'];
}
