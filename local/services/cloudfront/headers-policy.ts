import { number, record, text } from '../apigateway/template-values.ts';
import type { ResolvedResource } from '../service.ts';
import { items, texts } from './policies.ts';

interface SetHeader {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** Whether it takes the place of what the origin sent. */
  readonly override: boolean;
}

interface CorsPolicy {
  readonly origins: readonly string[];
  readonly headers: readonly SetHeader[];
  readonly override: boolean;
}

/** An `AWS::CloudFront::ResponseHeadersPolicy`. */
export interface HeadersPolicy {
  readonly set: readonly SetHeader[];
  readonly remove: readonly string[];
  readonly cors: CorsPolicy | undefined;
}

const always = (name: string, value: string): SetHeader => ({ name, value, override: false });
const security = [
  always('strict-transport-security', 'max-age=31536000'),
  { ...always('x-content-type-options', 'nosniff'), override: true },
  always('x-frame-options', 'SAMEORIGIN'),
  always('x-xss-protection', '1; mode=block'),
  always('referrer-policy', 'strict-origin-when-cross-origin'),
];
const simpleCors: CorsPolicy = { origins: ['*'], headers: [], override: false };

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html */
const managed: Readonly<Record<string, HeadersPolicy>> = {
  // SecurityHeadersPolicy
  '67f7725c-6f97-4210-82d7-5512b31e9d03': { set: security, remove: [], cors: undefined },
  // SimpleCORS
  '60669652-455b-4ae9-85a4-c4c02393f86c': { set: [], remove: [], cors: simpleCors },
  // CORS-and-SecurityHeadersPolicy
  'e61eb60c-9c35-4d20-a928-2b84e02af89c': { set: security, remove: [], cors: simpleCors },
};

export function headersPoliciesOf(resources: readonly ResolvedResource[]): ReadonlyMap<string, HeadersPolicy> {
  const own = resources
    .filter(({ type }) => type === 'AWS::CloudFront::ResponseHeadersPolicy')
    .map(({ ref, properties }) => [ref, readHeadersPolicy(record(properties['ResponseHeadersPolicyConfig']))] as const);
  return new Map([...Object.entries(managed), ...own]);
}

/** Changes the headers of an answer as the policy says. */
export function applyHeadersPolicy(policy: HeadersPolicy, origin: string | undefined, headers: Record<string, string>): void {
  for (const name of policy.remove) delete headers[name];
  if (policy.cors !== undefined && origin !== undefined) applyCors(policy.cors, origin, headers);
  for (const header of policy.set) put(headers, header);
}

function applyCors({ origins, headers: own, override }: CorsPolicy, origin: string, headers: Record<string, string>): void {
  const hasOwn = Object.keys(headers).some((name) => name.startsWith('access-control-'));
  if (hasOwn && !override) return;
  for (const name of Object.keys(headers)) if (name.startsWith('access-control-')) delete headers[name];
  if (!origins.some((allowed) => matchesOrigin(allowed, origin))) return;
  const isOpen = origins.includes('*');
  headers['access-control-allow-origin'] = isOpen ? '*' : origin;
  if (!isOpen) headers['vary'] = headers['vary'] === undefined ? 'Origin' : `${headers['vary']}, Origin`;
  for (const header of own) put(headers, header);
}

function put(headers: Record<string, string>, { name, value, override }: SetHeader): void {
  if (override || headers[name] === undefined) headers[name] = value;
}

/** Origins may have a wildcard for the left part of the host, and leave out the scheme. */
function matchesOrigin(allowed: string, origin: string): boolean {
  if (allowed === '*') return true;
  const pattern = allowed.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[\\w.-]*');
  return new RegExp(`^${allowed.includes('://') ? '' : 'https?://'}${pattern}$`, 'i').test(origin);
}

function readHeadersPolicy(config: Readonly<Record<string, unknown>>): HeadersPolicy {
  return {
    set: [
      ...securityHeaders(record(config['SecurityHeadersConfig'])),
      ...items(config['CustomHeadersConfig']).map((item) => {
        const { Header, Value, Override } = record(item);
        return { name: String(Header).toLowerCase(), value: String(Value ?? ''), override: isTrue(Override) };
      }),
    ],
    remove: items(config['RemoveHeadersConfig']).map((item) => String(record(item)['Header']).toLowerCase()),
    cors: config['CorsConfig'] === undefined ? undefined : readCorsPolicy(record(config['CorsConfig'])),
  };
}

function securityHeaders(config: Readonly<Record<string, unknown>>): SetHeader[] {
  const make = (key: string, name: string, value: (own: Readonly<Record<string, unknown>>) => string): SetHeader[] => {
    const own = config[key];
    return own === undefined ? [] : [{ name, value: value(record(own)), override: isTrue(record(own)['Override']) }];
  };
  return [
    ...make('ContentSecurityPolicy', 'content-security-policy', ({ ContentSecurityPolicy }) => String(ContentSecurityPolicy)),
    ...make('ContentTypeOptions', 'x-content-type-options', () => 'nosniff'),
    ...make('FrameOptions', 'x-frame-options', ({ FrameOption }) => String(FrameOption)),
    ...make('ReferrerPolicy', 'referrer-policy', ({ ReferrerPolicy }) => String(ReferrerPolicy)),
    ...make('StrictTransportSecurity', 'strict-transport-security', ({ AccessControlMaxAgeSec, IncludeSubdomains, Preload }) =>
      [
        `max-age=${String(AccessControlMaxAgeSec)}`,
        ...(isTrue(IncludeSubdomains) ? ['includeSubDomains'] : []),
        ...(isTrue(Preload) ? ['preload'] : []),
      ].join('; '),
    ),
    ...make('XSSProtection', 'x-xss-protection', ({ Protection, ModeBlock, ReportUri }) =>
      [
        isTrue(Protection) ? '1' : '0',
        ...(isTrue(ModeBlock) ? ['mode=block'] : []),
        ...(text(ReportUri) === undefined ? [] : [`report=${String(ReportUri)}`]),
      ].join('; '),
    ),
  ];
}

function readCorsPolicy(config: Readonly<Record<string, unknown>>): CorsPolicy {
  const header = (name: string, value: string | undefined): SetHeader[] =>
    value === undefined || value === '' ? [] : [{ name: `access-control-${name}`, value, override: true }];
  return {
    origins: texts(config['AccessControlAllowOrigins']),
    override: isTrue(config['OriginOverride']),
    headers: [
      ...header('allow-methods', methods(texts(config['AccessControlAllowMethods']))),
      ...header('allow-headers', texts(config['AccessControlAllowHeaders']).join(', ')),
      ...header('expose-headers', texts(config['AccessControlExposeHeaders']).join(', ')),
      ...header('max-age', number(config['AccessControlMaxAgeSec'])?.toString()),
      ...header('allow-credentials', isTrue(config['AccessControlAllowCredentials']) ? 'true' : undefined),
    ],
  };
}

const methods = (given: readonly string[]): string =>
  given.includes('ALL') ? 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE' : given.join(', ');

const isTrue = (value: unknown): boolean => String(value) === 'true';
