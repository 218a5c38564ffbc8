import type { GatewayRequest } from './gateway-request.ts';
import type { CorsConfiguration } from './http-api.ts';
import type { GatewayResponse } from './proxy-response.ts';

/** Whether this asks for leave for another request. */
export function isPreflight({ method, headers }: GatewayRequest): boolean {
  return method === 'OPTIONS' && headers['origin'] !== undefined && headers['access-control-request-method'] !== undefined;
}

/** The gateway's own answer to a preflight: it doesn't reach an integration. */
export function preflightResponse(cors: CorsConfiguration, request: GatewayRequest): GatewayResponse {
  const origin = allowedOrigin(cors, request.headers['origin']);
  const headers: Record<string, string> = {};
  if (origin !== undefined) {
    headers['access-control-allow-origin'] = origin;
    if (cors.allowMethods.length > 0) headers['access-control-allow-methods'] = cors.allowMethods.join(',');
    if (cors.allowHeaders.length > 0) headers['access-control-allow-headers'] = cors.allowHeaders.join(',');
    if (cors.exposeHeaders.length > 0) headers['access-control-expose-headers'] = cors.exposeHeaders.join(',');
    if (cors.maxAgeSeconds !== undefined) headers['access-control-max-age'] = String(cors.maxAgeSeconds);
    if (cors.allowCredentials) headers['access-control-allow-credentials'] = 'true';
  }
  return { status: 204, headers, cookies: [], body: '' };
}

/** "If you configure CORS for an API, API Gateway ignores CORS headers returned from your backend integration", and adds its own. */
export function applyCors(cors: CorsConfiguration, request: GatewayRequest, headers: Record<string, string>): void {
  for (const name of Object.keys(headers)) if (name.startsWith('access-control-')) delete headers[name];
  const origin = allowedOrigin(cors, request.headers['origin']);
  if (origin === undefined) return;
  headers['access-control-allow-origin'] = origin;
  if (cors.allowCredentials) headers['access-control-allow-credentials'] = 'true';
  if (cors.exposeHeaders.length > 0) headers['access-control-expose-headers'] = cors.exposeHeaders.join(',');
}

function allowedOrigin({ allowOrigins }: CorsConfiguration, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (allowOrigins.includes('*')) return '*';
  const allowed = allowOrigins.some((candidate) =>
    // AWS takes `https://*` and `http://*` beside whole origins.
    candidate === 'https://*' || candidate === 'http://*'
      ? origin.startsWith(candidate.slice(0, -1))
      : candidate.toLowerCase() === origin.toLowerCase(),
  );
  return allowed ? origin : undefined;
}
