import type { CustomError } from './distribution.ts';
import type { CachePolicy } from './policies.ts';

/** "HTTP 4xx and 5xx status codes that CloudFront always caches"; others only when the distribution or `Cache-Control` says so. */
const ALWAYS_CACHED_ERRORS = new Set([404, 414, 500, 501, 502, 503, 504]);
const CACHED_STATUSES = new Set([200, 203, 204, 206, 300, 301, 302, 304, 307, 308]);
const DEFAULT_ERROR_TTL_SECONDS = 10;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * How long an answer of an origin is kept, in seconds; 0: not at all.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
 */
export function timeToLive(
  { status, headers }: Answer,
  policy: CachePolicy,
  errors: ReadonlyMap<number, CustomError>,
  now: number,
): number {
  if (policy.maxTtl === 0) return 0;
  const { forbidden, seconds } = directives(headers, now);
  if (status >= 400) {
    const configured = errors.get(status);
    if (configured === undefined && seconds === undefined && !ALWAYS_CACHED_ERRORS.has(status)) return 0;
    const shortest = configured?.ttl ?? DEFAULT_ERROR_TTL_SECONDS;
    return Math.max(shortest, forbidden ? 0 : Math.min(seconds ?? 0, policy.maxTtl));
  }
  if (!CACHED_STATUSES.has(status)) return 0;
  if (forbidden) return policy.minTtl;
  if (seconds === undefined) return Math.max(policy.minTtl, policy.defaultTtl);
  return Math.max(policy.minTtl, Math.min(seconds, policy.maxTtl));
}

/** What `Cache-Control` and `Expires` say: whether the answer must not be kept, or how long it may be. */
function directives(headers: Readonly<Record<string, string>>, now: number): { forbidden: boolean; seconds: number | undefined } {
  const control = headers['cache-control']?.toLowerCase() ?? '';
  const forbidden = /(?:^|[\s,])(?:no-store|no-cache|private)(?:$|[\s,=])/.test(control);
  const age = /s-maxage="?(\d+)/.exec(control)?.[1] ?? /(?:^|[\s,])max-age="?(\d+)/.exec(control)?.[1];
  if (age !== undefined) return { forbidden, seconds: Number(age) };
  const expires = Date.parse(headers['expires'] ?? '');
  return { forbidden, seconds: Number.isNaN(expires) ? undefined : Math.max(0, Math.floor((expires - now) / 1_000)) };
}
