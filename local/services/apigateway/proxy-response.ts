import { internalError } from './gateway-error.ts';

/** What goes to the client. */
export interface GatewayResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly cookies: readonly string[];
  readonly body: string | Buffer;
}

/** The connection is the gateway's own; an integration has no say in it. */
const CONNECTION_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer', 'te']);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const BAD_HEADER_VALUE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/**
 * Turns what a function returned into a response, by the rules of payload format 2.0: without a `statusCode` the whole value is the body
 * of a 200 with type `application/json`.
 *
 * @throws GatewayError 500 when the value has a `statusCode` but is no valid response
 */
export function proxyResponse(payload: unknown, version: '1.0' | '2.0' = '2.0'): GatewayResponse {
  if (!isRecord(payload) || !('statusCode' in payload)) {
    if (version === '1.0') throw invalid('response');
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
  }
  const headers = readHeaders(payload['headers']);
  headers['content-type'] ??= 'text/plain; charset=utf-8';
  return { status: readStatus(payload['statusCode']), headers, cookies: readCookies(payload['cookies']), body: readBody(payload) };
}

function readStatus(value: unknown): number {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599) throw invalid('statusCode');
  // An informational status would leave the client waiting.
  if (status < 200) throw invalid('statusCode');
  return status;
}

function readHeaders(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalid('headers');
  const headers: Record<string, string> = {};
  for (const [name, held] of Object.entries(value)) {
    const lower = name.toLowerCase();
    if (held === null || CONNECTION_HEADERS.has(lower)) continue;
    if (typeof held === 'object') throw invalid(`header ${name}`);
    const line = String(held);
    if (!HEADER_NAME.test(lower) || BAD_HEADER_VALUE.test(line)) throw invalid(`header ${JSON.stringify(name)}`);
    headers[lower] = line;
  }
  return headers;
}

function readCookies(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((cookie) => typeof cookie !== 'string' || BAD_HEADER_VALUE.test(cookie)))
    throw invalid('cookies');
  return value as string[];
}

function readBody(payload: Readonly<Record<string, unknown>>): string | Buffer {
  const { body, isBase64Encoded } = payload;
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') throw invalid('body');
  return isBase64Encoded === true || isBase64Encoded === 'true' ? Buffer.from(body, 'base64') : body;
}

function invalid(member: string): Error {
  return internalError(`the function returned an invalid ${member}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
