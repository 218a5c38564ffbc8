import type { Bucket } from '../bucket.ts';
import { checkRead } from '../preconditions.ts';
import type { S3Call } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { findObject, type Sought } from './find-object.ts';

const HEADER = 'x-amz-copy-source';

/** `/bucket/key?versionId=…`, percent-encoded, the first slash is optional. */
function parse(call: S3Call): { readonly bucket: Bucket; readonly key: string; readonly versionId: string | undefined } {
  const header = call.headers[HEADER] ?? '';
  const [path = '', versionId] = header.split('?versionId=');
  const [, bucketName, encodedKey] = /^\/?([^/]+)\/(.+)$/s.exec(decodeSlash(path)) ?? [];
  if (bucketName === undefined || encodedKey === undefined)
    throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', HEADER, header);
  const bucket = call.engine.buckets.get(bucketName);
  if (bucket === undefined) throw s3Error('NoSuchBucket', undefined, { BucketName: bucketName });
  return { bucket, key: decode(encodedKey, header), versionId: versionId === undefined ? undefined : decode(versionId, header) };
}

/** Some clients encode the slash behind the bucket too. */
const decodeSlash = (path: string): string => (path.replace(/^\//, '').includes('/') ? path : path.replace(/%2F/i, '/'));

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument('Copy Source must be URL-encoded', HEADER, header);
  }
}

/**
 * The object that a call copies, for somebody who may read it.
 *
 * @param tagged whether its tags are copied too
 * @throws AwsError as reading it would, and `PreconditionFailed`
 */
export function findCopySource(call: S3Call, tagged: boolean): ObjectVersion {
  const place = parse(call);
  const source = findObject(call, { ...place, actions: ['GetObject'] });
  if (tagged && Object.keys(source.tags).length > 0) {
    const reading: Sought = { ...place, actions: ['GetObjectTagging'] };
    findObject(call, reading);
  }
  if (checkRead(call.headers, source, `${HEADER}-`) === 'not-modified') throw s3Error('PreconditionFailed');
  return source;
}
