import { byteRange } from '../../byte-range.ts';
import { checksumAlgorithm, checksumHeader } from '../body/checksum.ts';
import { type Received, receive, receiveBody } from '../body/receive-body.ts';
import { objectDetails } from '../object-headers.ts';
import { objectArn, type S3Call, type S3Operation } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import type { Upload } from '../storage/upload-store.ts';
import type { ChecksumType, ObjectVersion } from '../storage/version.ts';
import { tagsOfHeader } from '../tags.ts';
import { xmlAnswer } from '../xml.ts';
import { findCopySource } from './copy-source.ts';
import { authorizeWrite } from './write-context.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PART_NUMBER = 10_000;
const MAX_PART_BYTES = 5 * 1024 ** 3;

export const createMultipartUpload: S3Operation = (call) => {
  const { engine, bucket, key, headers, principal } = call;
  const tags = tagsOfHeader(headers['x-amz-tagging']);
  authorizeWrite(call, tags);
  const algorithm = headers['x-amz-checksum-algorithm'];
  const checksumType = algorithm === undefined ? undefined : typeOf(algorithm, headers['x-amz-checksum-type']);
  const upload = engine.uploads.create({
    bucket: bucket.name,
    key,
    initiatedAt: engine.context.clock.now(),
    initiator: principal?.arn ?? '',
    details: objectDetails(headers),
    tags,
    algorithm: algorithm?.toUpperCase(),
    checksumType,
  });
  const checksum: Record<string, string> =
    algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm.toUpperCase(), 'x-amz-checksum-type': String(checksumType) };
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucket.name, Key: key, UploadId: upload.id },
    { ...bucket.encryption, ...checksum },
  );
};

function typeOf(name: string, asked: string | undefined): ChecksumType {
  const algorithm = checksumAlgorithm(name);
  if (asked === undefined) return algorithm.multipart;
  const type = algorithm.types.find((one) => one === asked);
  if (type === undefined)
    throw s3Error(
      'InvalidRequest',
      `The ${asked} checksum type cannot be used with the ${algorithm.name.toLowerCase()} checksum algorithm.`,
    );
  return type;
}

/**
 * The upload that a call names.
 *
 * @throws AwsError `NoSuchUpload`
 */
export function findUpload({ engine, bucket, key, query }: S3Call): Upload {
  const id = query.get('uploadId') ?? '';
  const upload = engine.uploads.find(bucket.name, key, id);
  if (upload === undefined) throw s3Error('NoSuchUpload', undefined, { UploadId: id });
  return upload;
}

function partNumber({ query }: S3Call): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > MAX_PART_NUMBER)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  return number;
}

export const uploadPart: S3Operation = async (call) => {
  const { engine, bucket, headers } = call;
  authorizeWrite(call);
  const upload = findUpload(call);
  const number = partNumber(call);
  const received = await receiveBody(engine.blobs, call.body, headers);
  await storePart(call, { upload, number, received });
  const { md5, checksum } = received;
  const told = checksum === undefined ? {} : { [checksumHeader(checksum.algorithm)]: checksum.value };
  return { status: 200, headers: { etag: `"${md5}"`, ...told, ...bucket.encryption }, body: '' };
};

/** The upload may have ended while the bytes came. */
async function storePart(
  call: S3Call,
  { upload, number, received }: { upload: Upload; number: number; received: Received },
): Promise<number> {
  const { engine } = call;
  const { blob, md5: etag, checksum } = received;
  const modifiedAt = engine.context.clock.now();
  try {
    const replaced = engine.database.transaction(() => {
      findUpload(call);
      return engine.uploads.putPart(upload.id, { number, blob, etag, checksum, modifiedAt });
    });
    await engine.blobs.remove(replaced);
    return modifiedAt;
  } catch (error) {
    await engine.blobs.remove([blob]);
    throw error;
  }
}

export const uploadPartCopy: S3Operation = async (call) => {
  const { engine, bucket } = call;
  const source = findCopySource(call, false);
  authorizeWrite(call);
  const upload = findUpload(call);
  const number = partNumber(call);
  const { start, end } = sourceRange(call, source);
  if (end - start > MAX_PART_BYTES)
    throw s3Error('EntityTooLarge', undefined, { ProposedSize: end - start, MaxSizeAllowed: MAX_PART_BYTES });
  const content = engine.blobs.read(source.blobs, start, end);
  const received = await receive(engine.blobs, content, { maxBytes: MAX_PART_BYTES, length: end - start, computes: upload.algorithm });
  const modifiedAt = await storePart(call, { upload, number, received });
  return xmlAnswer(
    'CopyPartResult',
    { LastModified: new Date(modifiedAt).toISOString(), ETag: `"${received.md5}"` },
    { ...bucket.encryption, ...(source.versionId !== 'null' && { 'x-amz-copy-source-version-id': source.versionId }) },
  );
};

function sourceRange({ headers }: S3Call, { size }: ObjectVersion): { start: number; end: number } {
  const header = headers['x-amz-copy-source-range'];
  if (header === undefined) return { start: 0, end: size };
  const range = /^bytes=\d+-\d+$/.test(header) ? byteRange(header, size) : undefined;
  const last = Number(header.split('-')[1]);
  if (range === undefined || range === 'unsatisfiable' || last >= size)
    throw invalidArgument(`Range specified is not valid for source object of size: ${size}`, 'x-amz-copy-source-range', header);
  return range;
}

export const abortMultipartUpload: S3Operation = async (call) => {
  call.authorize('AbortMultipartUpload', {}, objectArn(call.bucket, call.key));
  const upload = findUpload(call);
  await call.engine.blobs.remove(call.engine.uploads.remove(upload.id));
  return { status: 204, headers: {}, body: '' };
};
