import type { S3Operation } from '../s3-call.ts';
import { invalidArgument } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { type XmlContent, xmlAnswer } from '../xml.ts';
import { listContext } from './list-objects.ts';
import { type Entry, entriesOf, firstOf, readListing, startOf, writerOf } from './list-page.ts';

export const listObjectVersions: S3Operation = (call) => {
  const { bucket, query, engine } = call;
  call.authorize('ListBucketVersions', listContext(query));
  const listing = readListing(query);
  const write = writerOf(listing);
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  if (versionMarker !== '' && keyMarker === '')
    throw invalidArgument('A version-id marker cannot be specified without a key marker.', 'version-id-marker', versionMarker);
  const marked = versionMarker === '' ? undefined : engine.versions.find(bucket.name, keyMarker, versionMarker);
  const read = (from: string, first: boolean): Iterable<ObjectVersion> => {
    const start = first ? { after: keyMarker, beforeSequence: marked?.sequence ?? 0 } : { after: '', beforeSequence: 0 };
    return engine.versions.listVersions(bucket.name, { from, ...start });
  };
  const { page, truncated } = firstOf(entriesOf(listing, startOf(listing, keyMarker), read), listing);
  const last = page.at(-1);
  return xmlAnswer('ListVersionsResult', [
    {
      Name: bucket.name,
      Prefix: write(listing.prefix),
      KeyMarker: write(keyMarker),
      VersionIdMarker: versionMarker,
      ...(listing.delimiter !== '' && { Delimiter: write(listing.delimiter) }),
      MaxKeys: listing.maxKeys,
      ...(listing.encodes && { EncodingType: 'url' }),
      IsTruncated: truncated,
      ...(truncated && last !== undefined && markersOf(last, write)),
    },
    ...page.map((entry) =>
      'item' in entry ? lineOf(entry.item, write, engine.context.account.accountId) : { CommonPrefixes: { Prefix: write(entry.prefix) } },
    ),
  ]);
};

const markersOf = (last: Entry<ObjectVersion>, write: (text: string) => string): Record<string, string> =>
  'item' in last
    ? { NextKeyMarker: write(last.item.key), NextVersionIdMarker: last.item.versionId }
    : { NextKeyMarker: write(last.prefix) };

function lineOf(version: ObjectVersion, write: (text: string) => string, accountId: string): XmlContent {
  const { key, versionId, isLatest, isMarker, modifiedAt, etag, size, details } = version;
  const common = { Key: write(key), VersionId: versionId, IsLatest: isLatest, LastModified: new Date(modifiedAt).toISOString() };
  const owner = { Owner: { ID: accountId } };
  if (isMarker) return { DeleteMarker: { ...common, ...owner } };
  return { Version: { ...common, ETag: `"${etag}"`, Size: size, StorageClass: details.storageClass ?? 'STANDARD', ...owner } };
}
