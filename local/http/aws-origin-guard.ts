import type { IncomingMessage } from 'node:http';

const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost']);

/**
 * Whether a request without credentials may be believed to come from this machine: its `Host` is ours, so no foreign name was
 * rebound to 127.0.0.1, and its `Origin`, if any, is a page of this machine, so no web site sent it behind the person's back.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  const [name = '', port] = (host ?? '').split(':');
  if (!LOCAL_NAMES.has(name) || Number(port ?? 80) !== request.socket.localPort) return false;
  if (request.headers['sec-fetch-site'] === 'cross-site') return false;
  return origin === undefined || (URL.canParse(origin) && LOCAL_NAMES.has(new URL(origin).hostname));
}
