import { checksumElement } from '../body/checksum.ts';
import { versionHeaders } from '../object-headers.ts';
import type { S3Operation } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { type XmlContent, xmlAnswer } from '../xml.ts';
import { findObject, ofCall } from './find-object.ts';

const MAX_PARTS = 1_000;

type Page = { readonly after: number; readonly limit: number };

const attributes: Readonly<Record<string, (version: ObjectVersion, page: Page) => XmlContent>> = {
  ETag: ({ etag }) => etag,
  Checksum: ({ details: { checksum } }) =>
    checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type },
  ObjectParts: ({ details }, page) => details.parts && partsOf(details, page),
  StorageClass: ({ details }) => details.storageClass ?? 'STANDARD',
  ObjectSize: ({ size }) => size,
};

function partsOf({ parts = [], checksum }: ObjectVersion['details'], { after, limit }: Page): XmlContent {
  const rest = parts.filter(({ number }) => number > after);
  const page = rest.slice(0, limit);
  return {
    PartsCount: parts.length,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: rest.length > page.length,
    Part: page.map(({ number, size, checksum: value }) => ({
      PartNumber: number,
      Size: size,
      ...(checksum !== undefined && { [checksumElement(checksum.algorithm)]: value }),
    })),
  };
}

export const getObjectAttributes: S3Operation = (call) => {
  const { headers, bucket } = call;
  const wanted = (headers['x-amz-object-attributes'] ?? '').split(',').flatMap((name) => name.trim() || []);
  if (wanted.length === 0)
    throw s3Error(
      'InvalidRequest',
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  const unknown = wanted.find((name) => attributes[name] === undefined);
  if (unknown !== undefined) throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown);
  const version = findObject(call, ofCall(call, 'GetObject', 'GetObjectAttributes'));
  const page = {
    after: Number(headers['x-amz-part-number-marker'] ?? 0) || 0,
    limit: Math.min(Number(headers['x-amz-max-parts'] ?? MAX_PARTS) || MAX_PARTS, MAX_PARTS),
  };
  const content = Object.fromEntries(wanted.map((name) => [name, attributes[name]?.(version, page)]));
  return xmlAnswer('GetObjectAttributesResponse', content, {
    'last-modified': new Date(version.modifiedAt).toUTCString(),
    ...versionHeaders(bucket, version),
  });
};
