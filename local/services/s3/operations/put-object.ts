import { checksumHeader } from '../body/checksum.ts';
import { type Received, receiveBody } from '../body/receive-body.ts';
import { causedBy, commit } from '../changes.ts';
import { objectDetails, versionHeaders } from '../object-headers.ts';
import { checkWrite } from '../preconditions.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import type { ObjectDetails, ObjectVersion, Tags } from '../storage/version.ts';
import { tagsOfHeader } from '../tags.ts';
import { authorizeWrite } from './write-context.ts';

/** Stores an object that has arrived, unless the object that is there forbids it; then nothing is left of the new one. */
export async function storeObject(
  call: S3Call,
  key: string,
  { received, details, tags, event, reason }: { received: Received; details: ObjectDetails; tags: Tags; event: string; reason: string },
): Promise<ObjectVersion> {
  const { engine, bucket, headers } = call;
  const { blob, md5, checksum } = received;
  const whole = checksum === undefined ? details : { ...details, checksum: { ...checksum, type: 'FULL_OBJECT' as const } };
  const version = { key, size: blob.size, etag: md5, modifiedAt: engine.context.clock.now(), blobs: [blob], details: whole, tags };
  try {
    const change = await commit(engine, bucket, causedBy(call, `ObjectCreated:${event}`, reason), () => {
      checkWrite(headers, key, engine.versions.current(bucket.name, key));
      return engine.versions.put(bucket, version);
    });
    return (change as NonNullable<typeof change>).version;
  } catch (error) {
    await engine.blobs.remove([blob]);
    throw error;
  }
}

/** The headers that tell an uploader what is stored now. */
export const storedHeaders = (call: S3Call, version: ObjectVersion): Record<string, string> => {
  const { checksum } = version.details;
  return {
    etag: `"${version.etag}"`,
    ...call.bucket.encryption,
    ...versionHeaders(call.bucket, version),
    ...(checksum !== undefined && { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }),
  };
};

export const putObject: S3Operation = async (call) => {
  const { engine, bucket, key, headers } = call;
  const tags = tagsOfHeader(headers['x-amz-tagging']);
  authorizeWrite(call, tags);
  const details = objectDetails(headers);
  // Asked before the bytes come, too: nobody should send them in vain.
  checkWrite(headers, key, engine.versions.current(bucket.name, key));
  const received = await receiveBody(engine.blobs, call.body, headers);
  const version = await storeObject(call, key, { received, details, tags, event: 'Put', reason: 'PutObject' });
  return { status: 200, headers: storedHeaders(call, version), body: '' };
};
