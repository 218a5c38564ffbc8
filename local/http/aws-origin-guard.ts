import type { IncomingMessage } from 'node:http';

const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost']);

/**
 * Whether a request without credentials may be believed to come from this machine: its `Host` is ours, so no foreign name was
 * rebound to 127.0.0.1, and its `Origin`, if any, is a page of this machine, so no web site sent it behind the person's back.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  const [name = ''] = (host ?? '').split(':');
  if (!LOCAL_NAMES.has(name) || !hasLocalHost(request) || request.headers['sec-fetch-site'] === 'cross-site') return false;
  return origin === undefined || isLocalPage(origin);
}

/** Whether the `Host` is ours. Names below `localhost` are, too: browsers never ask the network for them. */
export function hasLocalHost(request: IncomingMessage): boolean {
  const [name = '', port] = (request.headers.host ?? '').split(':');
  return (LOCAL_NAMES.has(name) || name.endsWith('.localhost')) && Number(port ?? 80) === request.socket.localPort;
}

/**
 * Whether a request comes from a program or a page of this machine, as far as a browser tells. A picture on a page of `localhost` that
 * is asked for at 127.0.0.1 has no `Origin` and counts as coming from another site, but tells its page as the `Referer`.
 *
 * @param headers names in lower case
 */
export function isFromLocalPage(headers: Readonly<Record<string, string>>): boolean {
  const page = headers['origin'] ?? headers['referer'];
  return page === undefined ? headers['sec-fetch-site'] !== 'cross-site' : isLocalPage(page);
}

const isLocalPage = (url: string): boolean => URL.canParse(url) && LOCAL_NAMES.has(new URL(url).hostname);
