import type { LocalAccount } from '../../service.ts';
import type { Bucket } from '../bucket.ts';
import type { ObjectVersion } from '../storage/version.ts';
import type { Job } from './job.ts';
import { wants } from './notification-rules.ts';

/** Something that has happened to an object. */
export interface S3Event {
  /** Without `s3:`, for example `ObjectCreated:Put`. */
  readonly name: string;
  readonly bucket: Bucket;
  readonly version: ObjectVersion;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** For example `AWS:AROA…:session`. */
  readonly requester: string;
  readonly requestId: string;
  /** S3's word for what caused it, for EventBridge: `PutObject`, `DeleteObject`, `Lifecycle Expiration`, … */
  readonly reason: string;
}

const SEQUENCER_LENGTH = 18;
const SOURCE_ADDRESS = '127.0.0.1';

/** Everything that an event leads to. */
export function jobsOf(event: S3Event, account: LocalAccount): Job[] {
  const { bucket, version, name } = event;
  const told = bucket.notifications.targets
    .filter((target) => wants(target, `s3:${name}`, version.key))
    .map(({ arn, configurationId }): Job => {
      const message = JSON.stringify({ Records: [record(event, account, configurationId)] });
      return { kind: 'tell', target: arn, source: bucket.arn, message };
    });
  return [...told, ...bridged(event, account), ...scanned(event)];
}

const sequencerOf = ({ sequence }: ObjectVersion): string => sequence.toString(16).toUpperCase().padStart(SEQUENCER_LENGTH, '0');

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function record(event: S3Event, account: LocalAccount, configurationId: string): object {
  const { bucket, version, name, time, requester, requestId } = event;
  const created = name.startsWith('ObjectCreated');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: account.region,
    eventTime: new Date(time).toISOString(),
    eventName: name,
    userIdentity: { principalId: requester },
    requestParameters: { sourceIPAddress: SOURCE_ADDRESS },
    responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket.name, ownerIdentity: { principalId: account.accountId }, arn: bucket.arn },
      object: {
        key: encodeKey(version.key),
        ...(created && { size: version.size }),
        ...(version.etag !== '' && { eTag: version.etag }),
        ...(version.versionId !== 'null' && { versionId: version.versionId }),
        sequencer: sequencerOf(version),
      },
    },
  };
}

/** As an HTML form would send it: a space is `+`. */
const encodeKey = (key: string): string =>
  encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

const detailTypes: Readonly<Record<string, string>> = {
  ObjectCreated: 'Object Created',
  ObjectRemoved: 'Object Deleted',
  LifecycleExpiration: 'Object Deleted',
  'ObjectTagging:Put': 'Object Tags Added',
  'ObjectTagging:Delete': 'Object Tags Deleted',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function bridged(event: S3Event, account: LocalAccount): Job[] {
  const { bucket, version, name, requestId, reason } = event;
  const [kind = ''] = name.split(':');
  const detailType = detailTypes[name] ?? detailTypes[kind];
  if (!bucket.notifications.eventBridge || detailType === undefined) return [];
  const deleted = detailType === 'Object Deleted';
  const detail = {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key: version.key,
      ...(!deleted && { size: version.size }),
      ...(version.etag !== '' && { etag: version.etag }),
      ...(version.versionId !== 'null' && { 'version-id': version.versionId }),
      sequencer: sequencerOf(version),
    },
    'request-id': requestId,
    requester: kind === 'LifecycleExpiration' ? 's3.amazonaws.com' : account.accountId,
    ...(kind !== 'LifecycleExpiration' && { 'source-ip-address': SOURCE_ADDRESS }),
    reason,
    ...(deleted && {
      'deletion-type': version.isMarker && name.endsWith('DeleteMarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted',
    }),
  };
  return [eventBridgeJob(bucket, account, { detailType, source: 'aws.s3', resources: [bucket.arn], detail, time: event.time })];
}

export interface BridgeEvent {
  readonly detailType: string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly detail: object;
  readonly time: number;
}

/** An event for the account's default bus, as services of AWS hand it on. */
export function eventBridgeJob(bucket: Bucket, { partition, region, accountId }: LocalAccount, event: BridgeEvent): Job {
  const target = `arn:${partition}:events:${region}:${accountId}:event-bus/default`;
  const { source, detailType, detail, resources } = event;
  const time = new Date(event.time).toISOString();
  const message = JSON.stringify({ source, 'detail-type': detailType, detail, resources, time });
  return { kind: 'tell', target, source: bucket.arn, message };
}

function scanned({ bucket, version, name }: S3Event): Job[] {
  const { malwareScan } = bucket;
  if (malwareScan === undefined || !name.startsWith('ObjectCreated')) return [];
  const { key, versionId, etag } = version;
  if (malwareScan.prefixes.length > 0 && !malwareScan.prefixes.some((prefix) => key.startsWith(prefix))) return [];
  return [{ kind: 'scan', target: bucket.name, source: bucket.arn, message: JSON.stringify({ key, versionId, etag }) }];
}
