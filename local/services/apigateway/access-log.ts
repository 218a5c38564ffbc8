import type { Authorization } from './authorization.ts';
import type { GatewayError } from './gateway-error.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { HttpApi, Stage } from './http-api.ts';
import { logTime } from './proxy-event.ts';

/** What is known about a request when it has been answered. */
export interface AccessRecord {
  readonly request: GatewayRequest;
  readonly api: HttpApi;
  readonly stage: Stage;
  readonly routeKey: string | undefined;
  readonly status: number;
  readonly responseLength: number;
  readonly latencyMs: number;
  readonly authorization: Authorization | undefined;
  readonly error: GatewayError | undefined;
}

const VARIABLE = /\$context\.([\w.:-]*[\w])/g;

/** The line that a stage's access log gets, in the stage's format. Values can't break out of a JSON string. */
export function accessLogLine(format: string, record: AccessRecord): string {
  return format.replace(VARIABLE, (_, name: string) => escaped(variable(name, record)));
}

function variable(name: string, record: AccessRecord): unknown {
  const { request, error } = record;
  if (name.startsWith('authorizer.')) {
    return name === 'authorizer.error' ? error?.reason : record.authorization?.logValues[name.slice('authorizer.'.length)];
  }
  const values: Readonly<Record<string, unknown>> = {
    apiId: record.api.id,
    'error.message': error?.message,
    'error.messageString': error && `"${error.message}"`,
    integrationErrorMessage: error?.reason,
    'integration.error': error?.reason,
    httpMethod: request.method,
    'identity.sourceIp': request.sourceIp,
    'identity.userAgent': request.headers['user-agent'],
    path: request.path,
    protocol: request.protocol,
    requestId: request.id,
    extendedRequestId: request.id,
    requestTime: logTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt,
    responseLatency: Math.round(record.latencyMs),
    responseLength: record.responseLength,
    routeKey: record.routeKey,
    stage: record.stage.name,
    status: record.status,
    domainName: request.headers['host'],
  };
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function escaped(value: unknown): string {
  return value === undefined || value === null ? '-' : JSON.stringify(String(value)).slice(1, -1);
}
