import type { S3Call } from '../s3-call.ts';
import type { Tags } from '../storage/version.ts';
import { requestTagContext } from '../tags.ts';

type Context = Record<string, string | string[]>;

/** Headers that are condition keys under the same name. */
const headerKeys = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-metadata-directive',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-storage-class',
  'if-match',
  'if-none-match',
];

/** The condition keys of a write: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
export const writeContext = ({ headers }: Pick<S3Call, 'headers'>, tags: Tags): Context => ({
  ...Object.fromEntries(
    headerKeys.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  ),
  ...requestTagContext(tags),
});

/**
 * Asks whether the call may write its object with these tags.
 *
 * @throws AwsError `AccessDeniedException`
 */
export function authorizeWrite(call: S3Call, tags: Tags = {}): void {
  const context = writeContext(call, tags);
  call.authorize('PutObject', context);
  if (Object.keys(tags).length > 0) call.authorize('PutObjectTagging', context);
  // Whoever learns that an object has a certain ETag has read something of it.
  if (call.headers['if-match'] !== undefined) call.authorize('GetObject');
}
