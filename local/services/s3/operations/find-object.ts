import type { Bucket } from '../bucket.ts';
import { mayDo, objectArn, type S3Call } from '../s3-call.ts';
import { s3Error } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { existingTagContext } from '../tags.ts';

/** Which object a call reads, and as what. */
export interface Sought {
  readonly bucket: Bucket;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** For example `GetObject`; with a version id it is `GetObjectVersion`. */
  readonly actions: readonly string[];
  /** Further condition keys. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** The object that a call is about. */
export const ofCall = ({ bucket, key, query }: S3Call, ...actions: string[]): Sought => ({
  bucket,
  key,
  versionId: query.get('versionId') ?? undefined,
  actions,
});

/**
 * Finds an object for somebody who may read it.
 *
 * @throws AwsError `AccessDenied`, also for a missing object when the caller may not list the bucket; `NoSuchKey`, `NoSuchVersion`,
 * `MethodNotAllowed` for a delete marker that was asked for by its id
 */
export function findObject(call: S3Call, { bucket, key, versionId, actions, context: more }: Sought): ObjectVersion {
  const version = call.engine.versions.find(bucket.name, key, versionId);
  const context = { ...more, ...existingTagContext(version?.tags), ...(versionId !== undefined && { 's3:VersionId': versionId }) };
  for (const action of actions) {
    const exact = versionId === undefined ? action : versionAction(action);
    call.authorize(exact, context, objectArn(bucket, key));
  }
  if (version !== undefined && !version.isMarker) return version;
  if (!mayDo(call, 'ListBucket', {}, bucket.arn)) throw s3Error('AccessDenied');
  if (version === undefined) {
    throw versionId === undefined
      ? s3Error('NoSuchKey', undefined, { Key: key })
      : s3Error('NoSuchVersion', undefined, { Key: key, VersionId: versionId });
  }
  throw versionId === undefined
    ? s3Error('NoSuchKey', undefined, { Key: key })
    : s3Error('MethodNotAllowed', undefined, { Method: 'GET', ResourceType: 'DeleteMarker' });
}

/** `GetObjectTagging` is `GetObjectVersionTagging` where a version is named. */
const versionAction = (action: string): string => action.replace(/^(Get|Put|Delete)Object/, '$1ObjectVersion');
