import { s3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1_024;

/** @throws AwsError `KeyTooLongError` */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY_BYTES) throw s3Error('KeyTooLongError', undefined, { Size: size, MaxSizeAllowed: MAX_KEY_BYTES });
}

/** Which bucket and which object the path and the host of a request name. */
export interface ObjectPlace {
  /** Empty: the request is about all buckets. */
  readonly bucketName: string;
  /** Empty: the request is about the bucket. */
  readonly key: string;
}

/** `<bucket>.localhost`, `<bucket>.s3.localhost` */
const OWN_HOST = /^(.+?)(?:\.s3)?\.localhost$/;

/**
 * @param path percent-encoded
 * @throws AwsError `InvalidURI`, `KeyTooLongError`
 */
export function placeOf(path: string, host: string | undefined): ObjectPlace {
  const [, own] = OWN_HOST.exec((host ?? '').split(':')[0] ?? '') ?? [];
  if (own !== undefined) return { bucketName: own, key: keyOf(path.slice(1)) };
  const slash = path.indexOf('/', 1);
  const bucketName = decode(path.slice(1, slash < 0 ? undefined : slash));
  return { bucketName, key: slash < 0 ? '' : keyOf(path.slice(slash + 1)) };
}

/** A key is what stands there, byte by byte: no `..`, no doubled slash and no `+` means anything. */
export function keyOf(encoded: string): string {
  const key = decode(encoded);
  checkKey(key);
  return key;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Error('InvalidURI', undefined, { URI: text });
  }
}
