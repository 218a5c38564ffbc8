import type { S3Engine } from './s3-call.ts';
import type { Upload } from './storage/upload-store.ts';
import type { ObjectVersion } from './storage/version.ts';

/** Everything that is stored, but for the bytes, in the order of buckets and keys. */
export function dumpS3({ buckets, versions, uploads, outbox }: S3Engine): unknown {
  const objects = versions.all();
  return {
    buckets: Object.fromEntries(
      [...buckets.keys()].map((name) => [name, objects.filter(({ bucket }) => bucket === name).map(dumpVersion)]),
    ),
    uploads: uploads.all().map((upload) => dumpUpload(upload, uploads.parts(upload.id))),
    /** Events and scans that are still to come. */
    jobs: outbox.dump().length,
  };
}

const META = 'x-amz-meta-';

function dumpVersion({ blobs: _blobs, sequence: _sequence, bucket: _bucket, details, ...version }: ObjectVersion): object {
  const { 'content-type': type, ...headers } = details.headers;
  const entries = Object.entries(headers);
  const metadata = entries.flatMap(([name, value]) => (name.startsWith(META) ? [[name.slice(META.length), value]] : []));
  return {
    ...{ ...version, type },
    metadata: Object.fromEntries(metadata),
    headers: Object.fromEntries(entries.filter(([name]) => !name.startsWith(META))),
    ...(details.checksum !== undefined && { checksum: details.checksum }),
  };
}

const dumpUpload = (
  { id, bucket, key, initiatedAt }: Upload,
  parts: readonly { number: number; blob: { size: number }; etag: string }[],
) => ({
  ...{ id, bucket, key, initiatedAt },
  parts: parts.map(({ number, blob: { size }, etag }) => ({ number, size, etag })),
});
