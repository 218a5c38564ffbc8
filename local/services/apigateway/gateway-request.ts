import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { GatewayError } from './gateway-error.ts';

/** A request after the gateway has read its first line and headers. */
export interface GatewayRequest {
  readonly id: string;
  readonly method: string;
  /** Percent-decoded once, with the stage's name where the client sent one: HTTP APIs call this `rawPath`. */
  readonly path: string;
  readonly rawQuery: string;
  /** Names in lower case; repeated ones joined with commas. Without cookies. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[] | undefined;
  readonly sourceIp: string;
  readonly protocol: string;
  /** Milliseconds since the epoch, by the run's clock. */
  readonly receivedAt: number;
}

/** AWS: "total combined size of request line and header values: 10,240 bytes". */
const MAX_HEADER_BYTES = 10_240;

/** @throws GatewayError 400 for a malformed path, 431 for too long headers */
export function readRequest(message: IncomingMessage, now: number): GatewayRequest {
  const { method = 'GET', url = '/', httpVersion, socket } = message;
  const [path, rawQuery] = splitTarget(url);
  const { headers, cookies, size } = readHeaders(message.rawHeaders);
  if (size + method.length + url.length > MAX_HEADER_BYTES) throw new GatewayError(431, 'Request Header Fields Too Large');
  const sourceIp = (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  headers['x-forwarded-for'] = headers['x-forwarded-for'] === undefined ? sourceIp : `${headers['x-forwarded-for']}, ${sourceIp}`;
  headers['x-forwarded-port'] = String(socket.localPort ?? '');
  headers['x-forwarded-proto'] = 'http';
  headers['x-amzn-trace-id'] ??= `Root=1-${Math.floor(now / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`;
  headers['content-length'] ??= '0';
  const id = `${randomBytes(11).toString('base64url')}=`;
  return { id, method, path, rawQuery, headers, cookies, sourceIp, protocol: `HTTP/${httpVersion}`, receivedAt: now };
}

function splitTarget(target: string): [path: string, rawQuery: string] {
  if (!target.startsWith('/')) throw new GatewayError(400, 'Bad Request');
  const at = target.indexOf('?');
  const encoded = at === -1 ? target : target.slice(0, at);
  const rawQuery = at === -1 ? '' : target.slice(at + 1);
  if (!encoded.includes('%')) return [encoded, rawQuery];
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch (cause) {
    throw new GatewayError(400, 'Bad Request', { cause });
  }
  // Observed on AWS: an HTTP API cuts a path at an encoded question mark before it routes.
  return [decoded.split('?', 1)[0] ?? '/', rawQuery];
}

function readHeaders(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] | undefined; size: number } {
  // No prototype, so that a header `__proto__` is only a name.
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  let cookies: string[] | undefined;
  let size = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    size += value.length;
    if (name === 'cookie') {
      cookies = [...(cookies ?? []), ...value.split(/;\s*/).filter((cookie) => cookie !== '')];
    } else if (name === 'host' && headers['host'] !== undefined) {
      throw new GatewayError(400, 'Bad Request');
    } else {
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
    }
  }
  return { headers, cookies, size };
}
