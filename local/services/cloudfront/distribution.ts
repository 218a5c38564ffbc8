import { createPublicKey, type KeyObject } from 'node:crypto';
import { StartError } from '../../start-error.ts';
import { number, record, text } from '../apigateway/template-values.ts';
import type { LocalAccount, ResolvedResource } from '../service.ts';
import { type HeadersPolicy, headersPoliciesOf } from './headers-policy.ts';
import { distributionArn } from './identify-cloudfront.ts';
import { type CachePolicy, cachePoliciesOf, items, originPoliciesOf, type RequestSelection, texts } from './policies.ts';

/** Where a distribution gets what it serves. */
export interface Origin {
  readonly id: string;
  readonly domainName: string;
  /** Put before the path; without a slash at its end. */
  readonly path: string;
  /** Whether CloudFront signs its requests, so that the origin knows who asks. */
  readonly signed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Of custom origins. */
  readonly protocol: 'http' | 'https';
  readonly port: number | undefined;
  readonly timeoutMs: number;
}

/** One origin, or a first one and a second one for when the first answers with one of the statuses. */
export interface Target {
  readonly first: Origin;
  readonly second: Origin | undefined;
  readonly failover: readonly number[];
}

export interface Behavior {
  readonly pattern: string;
  readonly target: Target;
  readonly methods: readonly string[];
  readonly cache: CachePolicy;
  readonly forward: RequestSelection | undefined;
  readonly headersPolicy: HeadersPolicy | undefined;
  /** The keys that may sign URLs and cookies, by id; undefined when nothing has to be signed. */
  readonly keys: ReadonlyMap<string, KeyObject> | undefined;
}

export interface CustomError {
  readonly ttl: number | undefined;
  readonly status: number | undefined;
  readonly page: string | undefined;
}

/** An `AWS::CloudFront::Distribution` of the template with all that belongs to it. */
export interface Distribution {
  readonly id: string;
  readonly arn: string;
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly enabled: boolean;
  readonly rootObject: string | undefined;
  /** In order; the default one, `*`, is the last. */
  readonly behaviors: readonly Behavior[];
  readonly errors: ReadonlyMap<number, CustomError>;
}

type Config = Readonly<Record<string, unknown>>;

const DEFAULT_ORIGIN_TIMEOUT_SECONDS = 30;

/** @throws StartError for what local mode can't serve */
export function readDistributions(resources: readonly ResolvedResource[], account: LocalAccount): Distribution[] {
  const parts = {
    cachePolicies: cachePoliciesOf(resources),
    originPolicies: originPoliciesOf(resources),
    headersPolicies: headersPoliciesOf(resources),
    keyGroups: readKeyGroups(resources),
    accessControls: readAccessControls(resources),
  };
  return resources
    .filter(({ type }) => type === 'AWS::CloudFront::Distribution')
    .map((resource) => {
      const config = record(resource.properties['DistributionConfig']);
      const targets = readTargets(config, parts.accessControls);
      const read = (behavior: Config): Behavior => readBehavior(behavior, { ...parts, targets, name: resource.logicalId });
      return {
        id: resource.ref,
        arn: distributionArn(resource.ref, account),
        host: resource.attributes['DomainName'] ?? '127.0.0.1:0',
        enabled: String(config['Enabled']) !== 'false',
        rootObject: text(config['DefaultRootObject'])?.replace(/^\//, ''),
        behaviors: [...items(config['CacheBehaviors']).map((item) => read(record(item))), read(record(config['DefaultCacheBehavior']))],
        errors: new Map(items(config['CustomErrorResponses']).map((item) => readCustomError(record(item)))),
      };
    });
}

interface BehaviorParts {
  readonly name: string;
  readonly targets: ReadonlyMap<string, Target>;
  readonly cachePolicies: ReadonlyMap<string, CachePolicy>;
  readonly originPolicies: ReadonlyMap<string, RequestSelection>;
  readonly headersPolicies: ReadonlyMap<string, HeadersPolicy>;
  readonly keyGroups: ReadonlyMap<string, ReadonlyMap<string, KeyObject>>;
}

function readBehavior(config: Config, parts: BehaviorParts): Behavior {
  const pattern = text(config['PathPattern']) ?? '*';
  const refuse = (what: string): never => {
    throw new StartError(
      `The behavior ${pattern} of the distribution ${parts.name} ${what}, which local mode does not know.`,
      'Leave it out, or use what local mode has: policies and key groups of the template, and the usual managed policies.',
    );
  };
  const named = <Policy>(id: unknown, policies: ReadonlyMap<string, Policy>): Policy | undefined =>
    id === undefined ? undefined : (policies.get(String(id)) ?? refuse(`has the policy ${String(id)}`));
  const groups = texts(config['TrustedKeyGroups']);
  const keys = new Map(groups.flatMap((id) => [...(parts.keyGroups.get(id) ?? refuse(`trusts the key group ${id}`))]));
  if (texts(config['TrustedSigners']).length > 0) refuse('trusts signers of an account');
  if (items(config['LambdaFunctionAssociations']).length > 0) refuse('has a Lambda@Edge function');
  if (items(config['FunctionAssociations']).length > 0) refuse('has a CloudFront function');
  return {
    pattern,
    target: parts.targets.get(String(config['TargetOriginId'])) ?? refuse(`has the origin ${String(config['TargetOriginId'])}`),
    methods: config['AllowedMethods'] === undefined ? ['GET', 'HEAD'] : texts(config['AllowedMethods']),
    cache: named(config['CachePolicyId'], parts.cachePolicies) ?? refuse('has no CachePolicyId (ForwardedValues are the old way)'),
    forward: named(config['OriginRequestPolicyId'], parts.originPolicies),
    headersPolicy: named(config['ResponseHeadersPolicyId'], parts.headersPolicies),
    keys: groups.length === 0 ? undefined : keys,
  };
}

function readTargets(config: Config, accessControls: ReadonlySet<string>): ReadonlyMap<string, Target> {
  const origins = new Map(
    items(config['Origins'])
      .map((item) => readOrigin(record(item), accessControls))
      .map((origin) => [origin.id, origin]),
  );
  const targets = new Map<string, Target>([...origins].map(([id, first]) => [id, { first, second: undefined, failover: [] }]));
  for (const group of items(config['OriginGroups']).map(record)) {
    const [first, second] = items(group['Members']).map((member) => origins.get(String(record(member)['OriginId'])));
    const failover = items(record(group['FailoverCriteria'])['StatusCodes']).map(Number);
    if (first !== undefined) targets.set(String(group['Id']), { first, second, failover });
  }
  return targets;
}

function readOrigin(config: Config, accessControls: ReadonlySet<string>): Origin {
  const custom = record(config['CustomOriginConfig']);
  const [domainName = '', port] = String(config['DomainName']).split(':');
  const isLocal = domainName === '127.0.0.1' || domainName === 'localhost';
  const protocol = !isLocal && custom['OriginProtocolPolicy'] !== 'http-only' ? 'https' : 'http';
  const ownPort = number(custom[protocol === 'http' ? 'HTTPPort' : 'HTTPSPort']);
  return {
    id: String(config['Id']),
    domainName,
    path: (text(config['OriginPath']) ?? '').replace(/\/$/, ''),
    signed: accessControls.has(String(config['OriginAccessControlId'])),
    headers: Object.fromEntries(
      items(config['OriginCustomHeaders']).map((item) => [
        String(record(item)['HeaderName']).toLowerCase(),
        String(record(item)['HeaderValue']),
      ]),
    ),
    protocol,
    port: port === undefined ? ownPort : Number(port),
    timeoutMs: (number(custom['OriginReadTimeout']) ?? DEFAULT_ORIGIN_TIMEOUT_SECONDS) * 1_000,
  };
}

/** The origin access controls that sign. */
function readAccessControls(resources: readonly ResolvedResource[]): ReadonlySet<string> {
  const signing = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::CloudFront::OriginAccessControl' && record(properties['OriginAccessControlConfig'])['SigningBehavior'] !== 'never',
  );
  return new Set(signing.map(({ ref }) => ref));
}

function readKeyGroups(resources: readonly ResolvedResource[]): ReadonlyMap<string, ReadonlyMap<string, KeyObject>> {
  const ofType = (type: string): readonly ResolvedResource[] =>
    resources.filter((resource) => resource.type === `AWS::CloudFront::${type}`);
  const keys = new Map(ofType('PublicKey').map((resource) => [resource.ref, readKey(resource)]));
  return new Map(
    ofType('KeyGroup').map(({ ref, properties }) => {
      const ids = texts(record(properties['KeyGroupConfig'])['Items']);
      return [ref, new Map(ids.flatMap((id) => (keys.has(id) ? [[id, keys.get(id) as KeyObject] as const] : [])))];
    }),
  );
}

function readKey({ logicalId, stackName, properties }: ResolvedResource): KeyObject {
  try {
    return createPublicKey(String(record(properties['PublicKeyConfig'])['EncodedKey']));
  } catch (cause) {
    throw new StartError(
      `The public key ${stackName}/${logicalId} is no public key: ${(cause as Error).message}.`,
      'EncodedKey must be a PEM text that begins with "-----BEGIN PUBLIC KEY-----".',
      { cause },
    );
  }
}

function readCustomError(config: Config): [number, CustomError] {
  return [
    Number(config['ErrorCode']),
    { ttl: number(config['ErrorCachingMinTTL']), status: number(config['ResponseCode']), page: text(config['ResponsePagePath']) },
  ];
}
