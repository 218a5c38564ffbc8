import { queryParameters, type RoutedRequest } from './proxy-event.ts';

/** The value of `$request.header.Authorization`, `$request.querystring.token`, `$context.routeKey` or `$stageVariables.name`. */
export function identityValue(source: string, { request, stage, match, api }: RoutedRequest): string | undefined {
  const [, kind, name = ''] = /^(\$request\.header|\$request\.querystring|\$context|\$stageVariables)\.(.+)$/.exec(source) ?? [];
  switch (kind) {
    case '$request.header':
      return request.headers[name.toLowerCase()];
    case '$request.querystring':
      return queryParameters(request.rawQuery)?.[name];
    case '$stageVariables':
      return stage.variables?.[name];
    case '$context':
      return contextValue(name, { routeKey: match.route.key, apiId: api.id, stage: stage.name, request });
    default:
      return undefined;
  }
}

function contextValue(
  name: string,
  { routeKey, apiId, stage, request }: { routeKey: string; apiId: string; stage: string; request: RoutedRequest['request'] },
): string | undefined {
  switch (name) {
    case 'routeKey':
      return routeKey;
    case 'apiId':
      return apiId;
    case 'stage':
      return stage;
    case 'httpMethod':
      return request.method;
    case 'path':
      return request.path;
    case 'identity.sourceIp':
      return request.sourceIp;
    case 'identity.userAgent':
      return request.headers['user-agent'];
    default:
      return undefined;
  }
}
