import { checksumElement } from '../body/checksum.ts';
import type { S3Operation } from '../s3-call.ts';
import { invalidArgument } from '../s3-error.ts';
import { xmlAnswer } from '../xml.ts';
import { commonPrefix, readListing, writerOf } from './list-page.ts';
import { findUpload } from './multipart-upload.ts';

const MAX_PARTS = 1_000;

/** @throws AwsError `InvalidArgument` */
function count(query: URLSearchParams, name: string, whenMissing: number): number {
  const text = query.get(name) || String(whenMissing);
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
  return Number(text);
}

export const listParts: S3Operation = (call) => {
  const { engine, bucket, key, query } = call;
  call.authorize('ListMultipartUploadParts');
  const upload = findUpload(call);
  const limit = Math.min(count(query, 'max-parts', MAX_PARTS), MAX_PARTS);
  const marker = count(query, 'part-number-marker', 0);
  const found = engine.uploads.parts(upload.id, { after: marker, limit: limit + 1 });
  const parts = found.slice(0, limit);
  return xmlAnswer('ListPartsResult', {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.id,
    Initiator: { ID: upload.initiator },
    Owner: { ID: engine.context.account.accountId },
    StorageClass: upload.details.storageClass ?? 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: found.length > limit && limit > 0,
    ...(upload.algorithm !== undefined && { ChecksumAlgorithm: upload.algorithm, ChecksumType: upload.checksumType }),
    Part: parts.map(({ number, modifiedAt, etag, blob, checksum }) => ({
      PartNumber: number,
      LastModified: new Date(modifiedAt).toISOString(),
      ETag: `"${etag}"`,
      Size: blob.size,
      ...(checksum !== undefined && { [checksumElement(checksum.algorithm)]: checksum.value }),
    })),
  });
};

export const listMultipartUploads: S3Operation = (call) => {
  const { engine, bucket, query } = call;
  call.authorize('ListBucketMultipartUploads');
  const listing = readListing(query, 'max-uploads');
  const write = writerOf(listing);
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const after = { after: keyMarker, afterId: idMarker === '' ? '\u{10ffff}' : idMarker };
  const found = engine.uploads.list(bucket.name, { prefix: listing.prefix, ...after, limit: listing.maxKeys + 1 });
  const page = found.slice(0, listing.maxKeys);
  const last = page.at(-1);
  const prefixes = new Set(page.flatMap(({ key }) => commonPrefix(key, listing) ?? []));
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: write(keyMarker),
    UploadIdMarker: idMarker,
    ...(found.length > page.length && last !== undefined && { NextKeyMarker: write(last.key), NextUploadIdMarker: last.id }),
    Prefix: write(listing.prefix),
    ...(listing.delimiter !== '' && { Delimiter: write(listing.delimiter) }),
    MaxUploads: listing.maxKeys,
    ...(listing.encodes && { EncodingType: 'url' }),
    IsTruncated: found.length > page.length && page.length > 0,
    Upload: page
      .filter(({ key }) => commonPrefix(key, listing) === undefined)
      .map(({ key, id, initiator, initiatedAt, details }) => ({
        Key: write(key),
        UploadId: id,
        Initiator: { ID: initiator },
        Owner: { ID: engine.context.account.accountId },
        StorageClass: details.storageClass ?? 'STANDARD',
        Initiated: new Date(initiatedAt).toISOString(),
      })),
    CommonPrefixes: [...prefixes].map((prefix) => ({ Prefix: write(prefix) })),
  });
};
