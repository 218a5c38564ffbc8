import { listOf } from '../iam/policy-document.ts';
import type { ResolvedResource } from '../service.ts';
import { type CorsRule, readCorsRules } from './cors.ts';
import { type NotificationRules, readNotifications } from './events/notification-rules.ts';
import { type LifecycleRule, readLifecycleRules } from './lifecycle-rule.ts';

/** A bucket of the template. */
export interface Bucket {
  readonly name: string;
  readonly arn: string;
  /** Undefined: it never was on. */
  readonly versioning: 'Enabled' | 'Suspended' | undefined;
  readonly cors: readonly CorsRule[];
  readonly lifecycle: readonly LifecycleRule[];
  readonly notifications: NotificationRules;
  /** Whether nobody without credentials may do anything, whatever the bucket's policy says. */
  readonly blocksPublic: boolean;
  /** The headers that tell of the encryption. */
  readonly encryption: Readonly<Record<string, string>>;
  readonly tags: readonly Properties[];
  readonly malwareScan: MalwareScan | undefined;
}

/** What a malware protection plan of GuardDuty wants for a bucket. */
export interface MalwareScan {
  readonly planArn: string;
  /** In whose name objects are read and tagged. */
  readonly roleArn: string;
  readonly tags: boolean;
  /** Empty: all objects. */
  readonly prefixes: readonly string[];
}

export type Properties = Readonly<Record<string, unknown>>;

/** Reads a member that is an object, or nothing. */
export const objectOf = (value: unknown): Properties => (typeof value === 'object' && value !== null ? (value as Properties) : {});

/** Reads a member that is a list of objects, or one of them. */
export const objectsOf = (value: unknown): readonly Properties[] => listOf(value as Properties | readonly Properties[] | undefined);

/** The buckets of a template by name. */
export function readBuckets(resources: readonly ResolvedResource[]): ReadonlyMap<string, Bucket> {
  const buckets = resources.filter(({ type }) => type === 'AWS::S3::Bucket');
  return new Map(buckets.map((bucket) => [bucket.ref, readBucket(bucket, resources)]));
}

function readBucket({ ref: name, attributes, properties }: ResolvedResource, resources: readonly ResolvedResource[]): Bucket {
  const custom = resources.find(({ type, properties: own }) => type === 'Custom::S3BucketNotifications' && own['BucketName'] === name);
  return {
    name,
    arn: attributes['Arn'] ?? '',
    versioning: objectOf(properties['VersioningConfiguration'])['Status'] as Bucket['versioning'],
    cors: readCorsRules(objectOf(properties['CorsConfiguration'])['CorsRules']),
    lifecycle: readLifecycleRules(objectOf(properties['LifecycleConfiguration'])['Rules']),
    notifications: readNotifications(
      objectOf(properties['NotificationConfiguration']),
      objectOf(custom?.properties['NotificationConfiguration']),
    ),
    blocksPublic: blocksPublic(properties['PublicAccessBlockConfiguration']),
    encryption: readEncryption(properties['BucketEncryption']),
    tags: objectsOf(properties['Tags']),
    malwareScan: readMalwareScan(name, resources),
  };
}

/** Without a configuration all four are on: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
function blocksPublic(configuration: unknown): boolean {
  if (configuration === undefined) return true;
  const { BlockPublicPolicy, RestrictPublicBuckets } = objectOf(configuration);
  return [BlockPublicPolicy, RestrictPublicBuckets].some((value) => String(value) === 'true');
}

function readEncryption(configuration: unknown): Record<string, string> {
  const [rule = {}] = objectsOf(objectOf(configuration)['ServerSideEncryptionConfiguration']);
  const { SSEAlgorithm = 'AES256', KMSMasterKeyID } = objectOf(rule['ServerSideEncryptionByDefault']);
  return {
    'x-amz-server-side-encryption': String(SSEAlgorithm),
    ...(KMSMasterKeyID !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': String(KMSMasterKeyID) }),
    ...(String(rule['BucketKeyEnabled']) === 'true' && { 'x-amz-server-side-encryption-bucket-key-enabled': 'true' }),
  };
}

function readMalwareScan(bucketName: string, resources: readonly ResolvedResource[]): MalwareScan | undefined {
  for (const { type, attributes, properties } of resources) {
    if (type !== 'AWS::GuardDuty::MalwareProtectionPlan') continue;
    const { BucketName, ObjectPrefixes } = objectOf(objectOf(properties['ProtectedResource'])['S3Bucket']);
    if (BucketName !== bucketName) continue;
    const tagging = objectOf(objectOf(properties['Actions'])['Tagging'])['Status'];
    const prefixes = listOf(ObjectPrefixes as string | readonly string[] | undefined);
    return { planArn: attributes['Arn'] ?? '', roleArn: String(properties['Role']), tags: tagging === 'ENABLED', prefixes };
  }
  return undefined;
}
