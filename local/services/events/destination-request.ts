import { AwsError } from '../service.ts';
import type { BusEvent } from './bus-event.ts';
import type { ConnectionAuthorization, HttpParameters } from './connection.ts';
import type { Target } from './rule.ts';
import { atPath } from './target-input.ts';

/** What an endpoint is sent. */
export interface DestinationRequest {
  readonly url: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface RequestParts {
  readonly endpoint: string;
  readonly method: string;
  /** What the connection adds. */
  readonly parameters: HttpParameters;
  readonly authorization: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly event: BusEvent;
  readonly input: string;
}

/** "Headers included in requests to API destinations" (EventBridge User Guide). */
const OWN_HEADERS = {
  'user-agent': 'Amazon/EventBridge/ApiDestinations',
  'content-type': 'application/json; charset=utf-8',
  range: 'bytes=0-1048575',
  'accept-encoding': 'gzip,deflate',
};
/** "Each additional parameter counts towards the event payload size, which cannot exceed 64 KB" (AWS::Events::Connection Parameter). */
const MAX_PAYLOAD_BYTES = 65_536;

/** The header by which a connection without a token of its own says who calls. */
export function authorizationHeader(authorization: Exclude<ConnectionAuthorization, { kind: 'OAUTH_CLIENT_CREDENTIALS' }>) {
  if (authorization.kind === 'API_KEY') return { [authorization.name.toLowerCase()]: authorization.value };
  const { username, password } = authorization;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/**
 * The request for an event: the connection's parameters win over the target's, its authorization over both.
 *
 * @throws AwsError for what no request can be made of
 */
export function destinationRequest(parts: RequestParts): DestinationRequest {
  const { endpoint, method, parameters, authorization, target, event } = parts;
  const { path, query, headers } = target.http;
  const url = new URL(withPath(endpoint, path, event));
  const addQuery = (added: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(added)) url.searchParams.set(name, value);
  };
  addQuery(mapped(query, event));
  addQuery(parameters.query);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? withParameters(parts.input, parameters.body) : undefined;
  const payload = (body ?? '') + JSON.stringify([headers, parameters.headers, url.search]);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
    throw new AwsError('ValidationException', `The payload is larger than ${MAX_PAYLOAD_BYTES} bytes.`);
  return {
    url: url.href,
    method,
    headers: { ...OWN_HEADERS, ...inLowerCase(mapped(headers, event)), ...inLowerCase(parameters.headers), ...authorization },
    body,
  };
}

/** A path instead of a text is that part of the event. */
function dynamic(value: string, event: BusEvent): string {
  if (!value.startsWith('$.')) return value;
  const found = atPath(event, value);
  return typeof found === 'string' ? found : (JSON.stringify(found) ?? '');
}

const mapped = (values: Readonly<Record<string, string>>, event: BusEvent): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, dynamic(value, event)]));

const inLowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Each `*` of a path takes the next value. */
function withPath(endpoint: string, values: readonly string[], event: BusEvent): string {
  const left = [...values];
  return endpoint.replaceAll('*', () => {
    const value = dynamic(left.shift() ?? '', event);
    if (value === '') throw new AwsError('ValidationException', `The path of ${endpoint} has a "*" without a value.`);
    return encodeURIComponent(value);
  });
}

function withParameters(input: string, added: Readonly<Record<string, string>>): string {
  if (Object.keys(added).length === 0) return input;
  const body: unknown = JSON.parse(input);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AwsError('ValidationException', 'The body is no object, and the connection has body parameters.');
  return JSON.stringify({ ...body, ...added });
}
