import { createHash } from 'node:crypto';
import { checksumAlgorithms, checksumElement, checksumHeader, compositeChecksum, makeDigest } from '../body/checksum.ts';
import { readText } from '../body/read-text.ts';
import { causedBy, commit } from '../changes.ts';
import { versionHeaders } from '../object-headers.ts';
import { checkWrite } from '../preconditions.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import { s3Error } from '../s3-error.ts';
import type { Part, Upload } from '../storage/upload-store.ts';
import type { Checksum, ObjectDetails } from '../storage/version.ts';
import { childrenOf, parseXml, textOf, xmlAnswer } from '../xml.ts';
import { findUpload } from './multipart-upload.ts';
import { authorizeWrite } from './write-context.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 ** 2;
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;
const MAX_PART_NUMBER = 10_000;

/** A part as the request lists it. */
interface ListedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: readonly { readonly algorithm: string; readonly value: string }[];
}

export const completeMultipartUpload: S3Operation = async (call) => {
  const { engine, bucket, key, headers } = call;
  authorizeWrite(call, {});
  const upload = findUpload(call);
  const listed = readParts(await readText({ ...call, headers: withoutObjectChecksum(headers) }));
  const parts = joined(engine.uploads.parts(upload.id), listed, upload);
  const size = checkSizes(parts, headers);
  const checksum = await objectChecksum(call, upload, parts);
  const details = { ...upload.details, parts: parts.map(partDetails), ...(checksum !== undefined && { checksum }) } satisfies ObjectDetails;
  const etag = `${md5OfParts(parts)}-${parts.length}`;
  const version = {
    key,
    size,
    etag,
    modifiedAt: engine.context.clock.now(),
    blobs: parts.map(({ blob }) => blob),
    details,
    tags: upload.tags,
  };
  const change = await commit(engine, bucket, causedBy(call, 'ObjectCreated:CompleteMultipartUpload', 'CompleteMultipartUpload'), () => {
    checkWrite(headers, key, engine.versions.current(bucket.name, key));
    // A part may have come anew, and the upload may have ended, since they were looked at.
    findUpload(call);
    const blobs = engine.uploads.remove(upload.id);
    const kept = new Set(parts.map(({ blob }) => blob.name));
    const here = new Set(blobs.map(({ name }) => name));
    if (parts.some(({ blob }) => !here.has(blob.name))) throw s3Error('InvalidPart');
    const { version: stored, removed } = engine.versions.put(bucket, version);
    return { version: stored, removed: [...removed, ...blobs.filter(({ name }) => !kept.has(name))] };
  });
  const location = `${engine.context.endpointUrl}/${bucket.name}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const told = checksum === undefined ? {} : { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type };
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    { Location: location, Bucket: bucket.name, Key: key, ETag: `"${etag}"`, ...told },
    { ...bucket.encryption, ...(change !== undefined && versionHeaders(bucket, change.version)) },
  );
};

/** These headers are about the object here, not about the document. */
const withoutObjectChecksum = (headers: Readonly<Record<string, string>>): Record<string, string> => {
  const names = new Set(checksumAlgorithms.map(checksumHeader));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
};

function readParts(source: string): ListedPart[] {
  const listed = childrenOf(parseXml(source, 'CompleteMultipartUpload'), 'Part').map((part): ListedPart => {
    const number = Number(textOf(part, 'PartNumber'));
    const etag = textOf(part, 'ETag');
    if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER || etag === undefined) throw s3Error('MalformedXML');
    const checksums = checksumAlgorithms.flatMap((algorithm) => {
      const value = textOf(part, checksumElement(algorithm));
      return value === undefined ? [] : [{ algorithm, value }];
    });
    return { number, etag: etag.replace(/^"|"$/g, ''), checksums };
  });
  if (listed.length === 0) throw s3Error('MalformedXML');
  if (listed.some(({ number }, index) => index > 0 && number <= (listed[index - 1] as ListedPart).number))
    throw s3Error('InvalidPartOrder');
  return listed;
}

function joined(arrived: readonly Part[], listed: readonly ListedPart[], upload: Upload): Part[] {
  const byNumber = new Map(arrived.map((part) => [part.number, part]));
  return listed.map(({ number, etag, checksums }) => {
    const part = byNumber.get(number);
    const same = checksums.every(({ algorithm, value }) => part?.checksum?.algorithm === algorithm && part.checksum.value === value);
    if (part === undefined || part.etag !== etag || !same)
      throw s3Error('InvalidPart', undefined, { UploadId: upload.id, PartNumber: number, ETag: etag });
    if (upload.checksumType === 'COMPOSITE' && checksums.length === 0) {
      const name = upload.algorithm?.toLowerCase();
      throw s3Error(
        'InvalidRequest',
        `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    return part;
  });
}

function checkSizes(parts: readonly Part[], headers: Readonly<Record<string, string>>): number {
  const small = parts.find(({ blob }, index) => index < parts.length - 1 && blob.size < MIN_PART_BYTES);
  if (small !== undefined) {
    throw s3Error('EntityTooSmall', undefined, {
      ProposedSize: small.blob.size,
      MinSizeAllowed: MIN_PART_BYTES,
      PartNumber: small.number,
      ETag: small.etag,
    });
  }
  const size = parts.reduce((sum, { blob }) => sum + blob.size, 0);
  if (size > MAX_OBJECT_BYTES) throw s3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: MAX_OBJECT_BYTES });
  const claimed = headers['x-amz-mp-object-size'];
  if (claimed !== undefined && Number(claimed) !== size)
    throw s3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${claimed} does not match what was computed: ${size}`,
    );
  return size;
}

/** What the object's checksum is, and whether it is what the request says. */
async function objectChecksum(call: S3Call, upload: Upload, parts: readonly Part[]): Promise<Checksum | undefined> {
  const claimed = checksumAlgorithms.find((algorithm) => call.headers[checksumHeader(algorithm)] !== undefined);
  const algorithm = upload.algorithm ?? claimed;
  if (algorithm === undefined) return undefined;
  const type = upload.checksumType ?? 'FULL_OBJECT';
  const value =
    type === 'FULL_OBJECT' ? await fullChecksum(call, algorithm, parts) : compositeChecksum(algorithm, parts.map(checksumIn(algorithm)));
  const told = call.headers[checksumHeader(algorithm)];
  if (told !== undefined && told.split('-')[0] !== value.split('-')[0])
    throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  return { algorithm, value, type };
}

const checksumIn =
  (algorithm: string) =>
  ({ number, checksum }: Part): string => {
    if (checksum?.algorithm === algorithm) return checksum.value;
    throw s3Error('InvalidPart', undefined, { PartNumber: number });
  };

async function fullChecksum({ engine }: S3Call, algorithm: string, parts: readonly Part[]): Promise<string> {
  const digest = makeDigest(algorithm);
  const blobs = parts.map(({ blob }) => blob);
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  for await (const chunk of engine.blobs.read(blobs, 0, size) as AsyncIterable<Buffer>) digest.update(chunk);
  return digest.digest().toString('base64');
}

function md5OfParts(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return hash.digest('hex');
}

const partDetails = ({ number, blob, checksum }: Part) => ({
  number,
  size: blob.size,
  ...(checksum !== undefined && { checksum: checksum.value }),
});
