import { type ByteRange, byteRange } from '../../byte-range.ts';
import type { AwsResponse } from '../../service.ts';
import { checksumHeader } from '../body/checksum.ts';
import { overriddenHeaders, servedHeaders } from '../object-headers.ts';
import { checkRead, rangeApplies } from '../preconditions.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { findObject, ofCall } from './find-object.ts';

/** What is answered of an object, and how its headers tell. */
interface Portion extends ByteRange {
  readonly partial: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export const getObject: S3Operation = (call) => {
  const { version, response, portion } = readObject(call);
  if (portion === undefined) return response;
  return { ...response, body: call.engine.blobs.read(version.blobs, portion.start, portion.end) };
};

export const headObject: S3Operation = (call) => readObject(call).response;

/** Decides what a reader gets. Without a portion there is no body. */
function readObject(call: S3Call): { version: ObjectVersion; response: AwsResponse; portion?: Portion } {
  const { bucket, query, headers, anonymous } = call;
  const version = findObject(call, ofCall(call, 'GetObject'));
  const overridden = overriddenHeaders(query, anonymous);
  const served = { ...servedHeaders(bucket, version), ...overridden };
  if (checkRead(headers, version) === 'not-modified') {
    const { 'content-type': _type, 'content-encoding': _encoding, ...kept } = served;
    return { version, response: { status: 304, headers: kept, body: '' } };
  }
  const portion = portionOf(call, version);
  const length = String(portion.end - portion.start);
  return {
    version,
    portion,
    response: {
      status: portion.partial ? 206 : 200,
      headers: { ...served, ...portion.headers, 'content-length': length },
      body: '',
    },
  };
}

function portionOf(call: S3Call, version: ObjectVersion): Portion {
  const { query, headers } = call;
  const partNumber = query.get('partNumber');
  if (partNumber !== null) return partOf(version, partNumber, headers);
  const range = rangeApplies(headers, version) ? byteRange(headers['range'], version.size) : undefined;
  if (range === 'unsatisfiable')
    throw s3Error('InvalidRange', undefined, { RangeRequested: headers['range'] ?? '', ActualObjectSize: version.size });
  if (range === undefined) return { start: 0, end: version.size, partial: false, headers: checksumHeaders(call, version) };
  return { ...range, partial: true, headers: contentRange(range, version.size) };
}

function checksumHeaders({ headers }: S3Call, { details: { checksum } }: ObjectVersion): Record<string, string> {
  if (headers['x-amz-checksum-mode']?.toUpperCase() !== 'ENABLED' || checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

function partOf(version: ObjectVersion, text: string, headers: Readonly<Record<string, string>>): Portion {
  const { parts } = version.details;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 10_000)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  if (headers['range'] !== undefined) throw s3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  // An object that came whole has one part.
  const sizes = parts?.map(({ size }) => size) ?? [version.size];
  const size = sizes[number - 1];
  if (size === undefined)
    throw s3Error('InvalidRange', 'The requested partnumber is not satisfiable', {
      PartNumberRequested: number,
      ActualPartCount: sizes.length,
    });
  const start = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0);
  const range = { start, end: start + size };
  const count: Record<string, string> = parts === undefined ? {} : { 'x-amz-mp-parts-count': String(parts.length) };
  return { ...range, partial: size > 0, headers: { ...(size > 0 && contentRange(range, version.size)), ...count } };
}

const contentRange = ({ start, end }: ByteRange, size: number): Record<string, string> => ({
  'content-range': `bytes ${start}-${end - 1}/${size}`,
});
