import type { IncomingMessage } from 'node:http';
import type { RequestSelection } from './policies.ts';
import { isSelected } from './selection.ts';

/** A viewer's request, as functions of the viewer may still change it. */
export interface CdnRequest {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Without `?`. */
  readonly rawQuery: string;
  /** Names in lower case; without cookies. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: ReadonlyMap<string, string>;
  readonly sourceIp: string;
}

export function readCdnRequest(message: IncomingMessage): CdnRequest {
  const { method = 'GET', url = '/', socket } = message;
  const at = url.indexOf('?');
  const { cookie, ...headers } = message.headers as Readonly<Record<string, string>>;
  return {
    method,
    path: at < 0 ? url : url.slice(0, at),
    rawQuery: at < 0 ? '' : url.slice(at + 1),
    headers,
    cookies: readCookies(cookie),
    sourceIp: (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
  };
}

function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const pairs = (header ?? '').split(/;\s*/).filter((pair) => pair.includes('='));
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** The parts of a request that some policy names. */
export interface SelectedParts {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: string;
}

/** What all these policies name together, of what the viewer sent. */
export function selectParts({ rawQuery, headers, cookies }: CdnRequest, policies: readonly RequestSelection[]): SelectedParts {
  const query = rawQuery
    .split('&')
    .filter((part) => part !== '' && policies.some((policy) => isSelected(policy.query, decodedName(part))))
    .join('&');
  const chosen = Object.entries(headers).filter(([name]) => policies.some((policy) => isSelected(policy.headers, name)));
  const kept = [...cookies].filter(([name]) => policies.some((policy) => isSelected(policy.cookies, name)));
  return { query, headers: Object.fromEntries(chosen), cookies: kept.map(([name, value]) => `${name}=${value}`).join('; ') };
}

function decodedName(part: string): string {
  const name = part.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
