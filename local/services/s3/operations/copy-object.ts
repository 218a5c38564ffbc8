import { checksumElement } from '../body/checksum.ts';
import { causedBy, commit } from '../changes.ts';
import { objectDetails } from '../object-headers.ts';
import { checkWrite } from '../preconditions.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import type { Blob } from '../storage/blob-folder.ts';
import type { ObjectDetails, ObjectVersion } from '../storage/version.ts';
import { tagsOfHeader } from '../tags.ts';
import { xmlAnswer } from '../xml.ts';
import { findCopySource } from './copy-source.ts';
import { authorizeWrite } from './write-context.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: larger objects are copied in parts. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

export const copyObject: S3Operation = async (call) => {
  const { engine, bucket, key, headers } = call;
  const replacesTags = directive(call, 'x-amz-tagging-directive') === 'REPLACE';
  const replacesMetadata = directive(call, 'x-amz-metadata-directive') === 'REPLACE';
  const source = findCopySource(call, !replacesTags);
  const tags = replacesTags ? tagsOfHeader(headers['x-amz-tagging']) : source.tags;
  authorizeWrite(call, tags);
  if (source.size > MAX_COPY_BYTES)
    throw s3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
    );
  if (
    source.bucket === bucket.name &&
    source.key === key &&
    !replacesMetadata &&
    !replacesTags &&
    headers['x-amz-storage-class'] === undefined
  )
    throw s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  const blobs = await duplicate(call, source.blobs);
  const details = replacesMetadata ? withChecksum(objectDetails(headers), source) : source.details;
  const copy = {
    key,
    size: source.size,
    etag: source.etag,
    modifiedAt: engine.context.clock.now(),
    blobs,
    details: withoutParts(details),
    tags,
  };
  try {
    const change = await commit(engine, bucket, causedBy(call, 'ObjectCreated:Copy', 'CopyObject'), () => {
      checkWrite(headers, key, engine.versions.current(bucket.name, key));
      return engine.versions.put(bucket, copy);
    });
    const version = (change as NonNullable<typeof change>).version;
    return xmlAnswer('CopyObjectResult', resultOf(version), {
      ...bucket.encryption,
      ...(bucket.versioning !== undefined && { 'x-amz-version-id': version.versionId, 'x-amz-copy-source-version-id': source.versionId }),
    });
  } catch (error) {
    await engine.blobs.remove(blobs);
    throw error;
  }
};

/** The blobs may go at any moment while they are being copied, when the source is deleted: then there is nothing to copy. */
async function duplicate({ engine }: S3Call, blobs: readonly Blob[]): Promise<Blob[]> {
  const made: Blob[] = [];
  try {
    for (const blob of blobs) made.push(await engine.blobs.duplicate(blob));
    return made;
  } catch (error) {
    await engine.blobs.remove(made);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw s3Error('NoSuchKey');
    throw error;
  }
}

function directive({ headers }: S3Call, name: string): 'COPY' | 'REPLACE' {
  const value = headers[name] ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(`Unknown ${name.slice('x-amz-'.length)}.`, name, value);
  return value;
}

const withChecksum = (details: ObjectDetails, { details: { checksum } }: ObjectVersion): ObjectDetails => ({
  ...details,
  ...(checksum !== undefined && { checksum }),
});

/** A copy comes whole, whatever the source came in. */
const withoutParts = ({ parts: _parts, ...details }: ObjectDetails): ObjectDetails => details;

const resultOf = ({ etag, modifiedAt, details: { checksum } }: ObjectVersion) => ({
  LastModified: new Date(modifiedAt).toISOString(),
  ETag: `"${etag}"`,
  ...(checksum !== undefined && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
});
