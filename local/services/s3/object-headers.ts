import type { Bucket } from './bucket.ts';
import { invalidArgument, s3Error } from './s3-error.ts';
import type { ObjectDetails, ObjectVersion } from './storage/version.ts';

type Headers = Readonly<Record<string, string>>;

const kept = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'];
const META = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2_048;
const DEFAULT_TYPE = 'binary/octet-stream';

/** What a header may hold: ISO 8859-1 without control characters. */
const WRITABLE = /^[\t\x20-\x7e\xa0-\xff]*$/;

/**
 * What is stored of the headers of an upload.
 *
 * @throws AwsError `MetadataTooLarge`
 */
export function objectDetails(headers: Headers): ObjectDetails {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(META));
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length - META.length + Buffer.byteLength(value), 0);
  if (bytes > MAX_METADATA_BYTES) throw s3Error('MetadataTooLarge', undefined, { Size: bytes, MaxSizeAllowed: MAX_METADATA_BYTES });
  const own = kept.flatMap((name) => {
    const value = name === 'content-encoding' ? withoutChunks(headers[name]) : headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const storageClass = headers['x-amz-storage-class'];
  return {
    headers: Object.fromEntries(
      [['content-type', DEFAULT_TYPE], ...own, ...metadata].map(([name, value]) => [name, writable(String(value))]),
    ),
    ...(storageClass !== undefined && storageClass !== 'STANDARD' && { storageClass }),
  };
}

/** Chunks are how the bytes came, not what they are. */
function withoutChunks(encoding: string | undefined): string | undefined {
  const left = encoding
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'aws-chunked' && one !== '');
  return left === undefined || left.length === 0 ? undefined : left.join(',');
}

/** Fields of forms know all of Unicode; S3 gives such values back in the form of RFC 2047. */
const writable = (value: string): string => (WRITABLE.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`);

/** The headers of every answer that is about a version. */
export function versionHeaders(
  bucket: Bucket,
  { versionId, isMarker }: Pick<ObjectVersion, 'versionId' | 'isMarker'>,
): Record<string, string> {
  return {
    ...(bucket.versioning !== undefined && { 'x-amz-version-id': versionId }),
    ...(isMarker && { 'x-amz-delete-marker': 'true' }),
  };
}

/** The headers of an object for those who read it. */
export function servedHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  const { details, etag, modifiedAt, tags } = version;
  const tagCount = Object.keys(tags).length;
  return {
    ...details.headers,
    'accept-ranges': 'bytes',
    'last-modified': new Date(modifiedAt).toUTCString(),
    etag: `"${etag}"`,
    ...bucket.encryption,
    ...versionHeaders(bucket, version),
    ...(details.storageClass !== undefined && { 'x-amz-storage-class': details.storageClass }),
    ...(tagCount > 0 && { 'x-amz-tagging-count': String(tagCount) }),
  };
}

const OVERRIDE = 'response-';

/**
 * The headers that the reader wants instead of the object's own.
 *
 * @throws AwsError `InvalidRequest` for readers without credentials, `InvalidArgument` for what no header can hold
 */
export function overriddenHeaders(query: URLSearchParams, anonymous: boolean): Record<string, string> {
  const asked = kept.flatMap((name) => {
    const value = query.get(OVERRIDE + name);
    return value === null ? [] : [[name, value] as const];
  });
  if (asked.length > 0 && anonymous)
    throw s3Error('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.');
  for (const [name, value] of asked) {
    if (!WRITABLE.test(value)) throw invalidArgument('Header value cannot be represented using ISO-8859-1.', OVERRIDE + name, value);
  }
  return Object.fromEntries(asked);
}
