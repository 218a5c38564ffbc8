import type { S3Call, S3Operation } from '../s3-call.ts';
import { invalidArgument } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { type XmlContent, xmlAnswer } from '../xml.ts';
import { type Entry, entriesOf, firstOf, type Listing, readListing, startOf, writerOf } from './list-page.ts';

interface Page {
  readonly entries: readonly Entry<ObjectVersion>[];
  /** The last key or common prefix of the page, when more follow. */
  readonly next: string | undefined;
}

/** Keys are listed to whoever may list those with the prefix: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listContext(query: URLSearchParams): Record<string, string> {
  const keys = { 's3:prefix': 'prefix', 's3:delimiter': 'delimiter', 's3:max-keys': 'max-keys' };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, name]) => {
      const value = query.get(name);
      return value === null ? [] : [[key, value]];
    }),
  );
}

/** @param after keys and common prefixes up to this one are left out */
function readPage({ engine, bucket }: S3Call, listing: Listing, after: string): Page {
  const read = (from: string, first: boolean): Iterable<ObjectVersion> =>
    engine.versions.list(bucket.name, { from, after: first ? after : '' });
  const { page: entries, truncated } = firstOf(entriesOf(listing, startOf(listing, after), read), listing);
  const last = entries.at(-1);
  const next = last && ('item' in last ? last.item.key : last.prefix);
  return { entries, next: truncated ? next : undefined };
}

const contents = (object: ObjectVersion, write: (text: string) => string, owner: XmlContent): XmlContent => {
  const { checksum, storageClass } = object.details;
  return {
    Key: write(object.key),
    LastModified: new Date(object.modifiedAt).toISOString(),
    ETag: `"${object.etag}"`,
    ...(checksum !== undefined && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
    Size: object.size,
    StorageClass: storageClass ?? 'STANDARD',
    ...(owner !== undefined && { Owner: owner }),
  };
};

function lines(entries: readonly Entry<ObjectVersion>[], write: (text: string) => string, owner: XmlContent): Record<string, XmlContent> {
  return {
    Contents: entries.flatMap((entry) => ('item' in entry ? [contents(entry.item, write, owner)] : [])),
    CommonPrefixes: entries.flatMap((entry) => ('prefix' in entry ? [{ Prefix: write(entry.prefix) }] : [])),
  };
}

export const listObjectsV2: S3Operation = (call) => {
  const { bucket, query, engine } = call;
  call.authorize('ListBucket', listContext(query));
  const listing = readListing(query);
  const write = writerOf(listing);
  const token = query.get('continuation-token') ?? undefined;
  const startAfter = query.get('start-after') ?? undefined;
  const { entries, next } = readPage(call, listing, token === undefined ? (startAfter ?? '') : readToken(token));
  const owner = query.get('fetch-owner') === 'true' ? { ID: engine.context.account.accountId } : undefined;
  return xmlAnswer('ListBucketResult', {
    Name: bucket.name,
    Prefix: write(listing.prefix),
    ...(listing.delimiter !== '' && { Delimiter: write(listing.delimiter) }),
    MaxKeys: listing.maxKeys,
    ...(listing.encodes && { EncodingType: 'url' }),
    KeyCount: entries.length,
    IsTruncated: next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: next && Buffer.from(next).toString('base64url'),
    StartAfter: startAfter && write(startAfter),
    ...lines(entries, write, owner),
  });
};

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (token === '' || Buffer.from(key).toString('base64url') !== token)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  return key;
}

/** The older form of the same listing. */
export const listObjects: S3Operation = (call) => {
  const { bucket, query, engine } = call;
  call.authorize('ListBucket', listContext(query));
  const listing = readListing(query);
  const write = writerOf(listing);
  const marker = query.get('marker') ?? '';
  const { entries, next } = readPage(call, listing, marker);
  return xmlAnswer('ListBucketResult', {
    Name: bucket.name,
    Prefix: write(listing.prefix),
    Marker: write(marker),
    ...(listing.delimiter !== '' && { Delimiter: write(listing.delimiter) }),
    MaxKeys: listing.maxKeys,
    ...(listing.encodes && { EncodingType: 'url' }),
    IsTruncated: next !== undefined,
    ...(next !== undefined && listing.delimiter !== '' && { NextMarker: write(next) }),
    ...lines(entries, write, { ID: engine.context.account.accountId }),
  });
};
