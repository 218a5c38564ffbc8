import { list, number, record } from '../apigateway/template-values.ts';
import type { ResolvedResource } from '../service.ts';
import { everything, nothing, readSelection, type Selection } from './selection.ts';

/** What goes to the origin, and in a cache policy also what tells answers apart. */
export interface RequestSelection {
  readonly query: Selection;
  readonly headers: Selection;
  readonly cookies: Selection;
}

/** How long answers are kept, in seconds. */
export interface CachePolicy extends RequestSelection {
  readonly minTtl: number;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  /** Whether compressed forms are asked for and told apart. */
  readonly encodings: readonly string[];
}

const DAY = 86_400;
const YEAR = 31_536_000;
const none: RequestSelection = { query: nothing, headers: nothing, cookies: nothing };
const viewer: RequestSelection = { query: everything, headers: everything, cookies: everything };
const only = (...names: string[]): Selection => ({ behavior: 'whitelist', names });

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const managedCachePolicies: Readonly<Record<string, CachePolicy>> = {
  // CachingOptimized
  '658327ea-f89d-4fab-a63d-7e88639e58f6': { ...none, minTtl: 1, defaultTtl: DAY, maxTtl: YEAR, encodings: ['gzip', 'br'] },
  // CachingOptimizedForUncompressedObjects
  'b2884449-e4de-46a7-ac36-70bc7f1ddd6d': { ...none, minTtl: 1, defaultTtl: DAY, maxTtl: YEAR, encodings: [] },
  // CachingDisabled
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': { ...none, minTtl: 0, defaultTtl: 0, maxTtl: 0, encodings: [] },
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const managedOriginPolicies: Readonly<Record<string, RequestSelection>> = {
  // AllViewer
  '216adef6-5c7f-47e4-b989-5492eafa07d3': viewer,
  // AllViewerExceptHostHeader
  'b689b0a8-53d0-40ab-baf2-68738e2966ac': { ...viewer, headers: { behavior: 'allExcept', names: ['host'] } },
  // CORS-S3Origin
  '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf': {
    ...none,
    headers: only('origin', 'access-control-request-headers', 'access-control-request-method'),
  },
  // CORS-CustomOrigin
  '59781a5b-3903-41f3-afcb-af62929ccde1': { ...none, headers: only('origin') },
};

export function cachePoliciesOf(resources: readonly ResolvedResource[]): ReadonlyMap<string, CachePolicy> {
  const own = resources
    .filter(({ type }) => type === 'AWS::CloudFront::CachePolicy')
    .map(({ ref, properties }) => {
      const config = record(properties['CachePolicyConfig']);
      const parameters = record(config['ParametersInCacheKeyAndForwardedToOrigin']);
      const minTtl = number(config['MinTTL']) ?? 0;
      const defaultTtl = number(config['DefaultTTL']) ?? Math.max(DAY, minTtl);
      const isOn = (name: string): boolean => String(parameters[name]) === 'true';
      const policy: CachePolicy = {
        ...readRequestSelection(parameters),
        ...{ minTtl, defaultTtl, maxTtl: number(config['MaxTTL']) ?? Math.max(YEAR, defaultTtl) },
        encodings: [...(isOn('EnableAcceptEncodingGzip') ? ['gzip'] : []), ...(isOn('EnableAcceptEncodingBrotli') ? ['br'] : [])],
      };
      return [ref, policy] as const;
    });
  return new Map([...Object.entries(managedCachePolicies), ...own]);
}

export function originPoliciesOf(resources: readonly ResolvedResource[]): ReadonlyMap<string, RequestSelection> {
  const own = resources
    .filter(({ type }) => type === 'AWS::CloudFront::OriginRequestPolicy')
    .map(({ ref, properties }) => [ref, readRequestSelection(record(properties['OriginRequestPolicyConfig']))] as const);
  return new Map([...Object.entries(managedOriginPolicies), ...own]);
}

function readRequestSelection(config: Readonly<Record<string, unknown>>): RequestSelection {
  return {
    query: readSelection(config['QueryStringsConfig'], 'QueryStringBehavior', 'QueryStrings'),
    headers: readSelection(config['HeadersConfig'], 'HeaderBehavior', 'Headers'),
    cookies: readSelection(config['CookiesConfig'], 'CookieBehavior', 'Cookies'),
  };
}

/** Lists come as `{ Items: […] }` in some of CloudFront's properties. */
export const items = (value: unknown): readonly unknown[] => {
  const own = Array.isArray(value) ? value : record(value)['Items'];
  return Array.isArray(own) ? own : [];
};

export const texts = (value: unknown): readonly string[] => list(Array.isArray(value) ? value : record(value)['Items']);
