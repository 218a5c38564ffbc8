import { listOf } from '../iam/policy-document.ts';
import { fitsPattern } from '../iam/policy-text.ts';
import type { AwsResponse } from '../service.ts';
import { s3Error } from './s3-error.ts';

/** A rule of a bucket's `CorsConfiguration`. */
export interface CorsRule {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeSeconds: number | undefined;
}

type Properties = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const texts = (value: unknown): readonly string[] => listOf(value as string | readonly string[] | undefined).map(String);

export function readCorsRules(rules: unknown): readonly CorsRule[] {
  return listOf(rules as Properties | readonly Properties[] | undefined).map((rule) => ({
    origins: texts(rule['AllowedOrigins']),
    methods: texts(rule['AllowedMethods']),
    headers: texts(rule['AllowedHeaders']),
    exposed: texts(rule['ExposedHeaders']),
    maxAgeSeconds: rule['MaxAge'] === undefined ? undefined : Number(rule['MaxAge']),
  }));
}

/** The headers that let a page read the answer; none when no rule fits. */
export function corsHeaders(rules: readonly CorsRule[], method: string, headers: Headers): Record<string, string> {
  const origin = headers['origin'];
  const rule = origin === undefined ? undefined : rules.find((candidate) => fits(candidate, origin, method));
  return origin === undefined || rule === undefined ? {} : { ...allowing(rule, origin) };
}

/**
 * Answers a browser's question whether a page may send a request.
 *
 * @throws AwsError `AccessForbidden` when no rule fits
 */
export function preflight(rules: readonly CorsRule[] | undefined, headers: Headers): AwsResponse {
  const { origin, 'access-control-request-method': method } = headers;
  if (origin === undefined) throw s3Error('InvalidRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined) throw s3Error('InvalidRequest', 'Invalid Access-Control-Request-Method: null');
  if (rules === undefined || rules.length === 0) throw s3Error('AccessForbidden');
  const asked = (headers['access-control-request-headers'] ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || []);
  const rule = rules.find((candidate) => fits(candidate, origin, method) && asked.every((name) => allowsHeader(candidate, name)));
  if (rule === undefined) {
    throw s3Error(
      'AccessForbidden',
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    );
  }
  return {
    status: 200,
    headers: {
      ...allowing(rule, origin),
      ...(asked.length > 0 && { 'access-control-allow-headers': asked.join(', ') }),
      ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    },
    body: '',
  };
}

const fits = ({ origins, methods }: CorsRule, origin: string, method: string): boolean =>
  methods.includes(method) && origins.some((pattern) => fitsPattern(pattern, origin));

const allowsHeader = ({ headers }: CorsRule, name: string): boolean => headers.some((pattern) => fitsPattern(pattern.toLowerCase(), name));

function allowing(rule: CorsRule, origin: string): Record<string, string> {
  const everyone = rule.origins.includes('*');
  return {
    'access-control-allow-origin': everyone ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(!everyone && { 'access-control-allow-credentials': 'true' }),
    ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
