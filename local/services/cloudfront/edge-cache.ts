import type { CdnRequest } from './cdn-request.ts';
import { selectParts } from './cdn-request.ts';
import type { Behavior } from './distribution.ts';
import { wildcard } from './path-pattern.ts';

/** An answer that is kept. */
export interface CachedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** With the part of the query string that tells answers apart. */
  readonly path: string;
  /** Milliseconds since the epoch, by the run's clock. */
  readonly storedAt: number;
  readonly freshUntil: number;
}

/** A laptop's memory is small: larger objects go through to the origin each time. */
export const MAX_OBJECT_BYTES = 4 * 1_048_576;
const MAX_BYTES = 64 * 1_048_576;

/** What one distribution keeps in memory; what was asked for least recently goes first. */
export class EdgeCache {
  /** What is being fetched to be kept, by key. */
  readonly fetching = new Map<string, Promise<unknown>>();
  readonly #answers = new Map<string, CachedAnswer>();
  #bytes = 0;

  get(key: string, now: number): CachedAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined) return undefined;
    this.#answers.delete(key);
    // A clock that was set back makes an answer older than itself.
    if (now >= answer.freshUntil || now < answer.storedAt) {
      this.#bytes -= answer.body.length;
      return undefined;
    }
    this.#answers.set(key, answer);
    return answer;
  }

  put(key: string, answer: CachedAnswer): void {
    if (answer.body.length > MAX_OBJECT_BYTES) return;
    this.#remove(key);
    this.#answers.set(key, answer);
    this.#bytes += answer.body.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#remove(oldest);
    }
  }

  /** @param pattern a path, perhaps with `*` at its end */
  invalidate(pattern: string): void {
    const expression = wildcard(decoded(pattern));
    for (const [key, { path }] of this.#answers) if (expression.test(decoded(path))) this.#remove(key);
  }

  #remove(key: string): void {
    this.#bytes -= this.#answers.get(key)?.body.length ?? 0;
    this.#answers.delete(key);
  }
}

/** `/a%20b` and `/a b` are one object. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** What tells answers apart: the path and what the cache policy names. */
export function cacheKey(request: CdnRequest, { cache, pattern }: Behavior): string {
  const { query, headers, cookies } = selectParts(request, [cache]);
  const encodings = acceptedEncodings(request, cache.encodings);
  return JSON.stringify([pattern, request.path, query, Object.entries(headers).sort(), cookies, encodings, request.method === 'OPTIONS']);
}

/** `Accept-Encoding` as CloudFront normalizes it. */
export const acceptedEncodings = ({ headers }: CdnRequest, known: readonly string[]): string =>
  ['br', 'gzip'].filter((name) => known.includes(name) && new RegExp(`\\b${name}\\b`).test(headers['accept-encoding'] ?? '')).join(',');
