import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ApiError } from '../../contracts/errors.ts';
import { fileIdMetadata } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import type { SendOptions } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';
import { isMissing } from './missing-object.ts';

const bucket = requiredVariable(variables.filesBucket);

/** Of one call: S3 copies and joins objects of some GB within it. Longer than that, the function itself does not run. */
const callDeadlineMs = 12_500;

const client = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: callDeadlineMs, throwOnRequestTimeout: true },
  // Sums of bodies that are sent later, by somebody else, cannot be made here.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});

/** The members of S3's exceptions that we read. */
interface ObjectsException {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}
const nameOf = (error: unknown): string | undefined => (error as ObjectsException | undefined)?.name;

const isServerFault = (error: unknown): boolean => ((error as ObjectsException | undefined)?.$metadata?.httpStatusCode ?? 0) >= 500;

const withDeadline = async <T>(send: (options: SendOptions) => Promise<T>): Promise<T> => {
  try {
    return await send({ abortSignal: AbortSignal.timeout(callDeadlineMs) });
  } catch (error) {
    const known = storeError(error);
    if (known === error && isServerFault(error)) {
      throw new ApiError('unavailable', 'The storage is busy. Try again in a moment.', { retryAfterSeconds: 2, cause: error });
    }
    throw known;
  }
};

/** What S3 keeps with the bytes, and serves them with. */
export interface ObjectHeaders {
  readonly key: string;
  readonly fileId: string;
  readonly type: string;
  readonly disposition: string;
}

const headersOf = ({ key, fileId, type, disposition }: ObjectHeaders) => ({
  Bucket: bucket,
  Key: key,
  ContentType: type,
  ContentDisposition: disposition,
  Metadata: { [fileIdMetadata]: fileId },
});

/** A form for exactly these bytes. */
export interface FormOptions extends ObjectHeaders {
  readonly sizeBytes: number;
  readonly checksumSha256: string | undefined;
  readonly expiresInSeconds: number;
}

/** Signs a form with which a client sends the bytes to S3 by itself. Asks AWS nothing. */
export const signForm = async (options: FormOptions): Promise<{ readonly url: string; readonly fields: Record<string, string> }> => {
  const { key, fileId, type, disposition, sizeBytes, checksumSha256 } = options;
  return createPresignedPost(client, {
    Bucket: bucket,
    Key: key,
    // Each field becomes a condition of the signed policy.
    Fields: {
      'Content-Type': type,
      'Content-Disposition': disposition,
      [`x-amz-meta-${fileIdMetadata}`]: fileId,
      ...(checksumSha256 !== undefined && { 'x-amz-checksum-sha256': checksumSha256 }),
    },
    Conditions: [['content-length-range', sizeBytes, sizeBytes]],
    Expires: options.expiresInSeconds,
  });
};

/** An upload in parts, as S3 knows it. */
export interface PartsUpload {
  readonly key: string;
  readonly uploadId: string;
}
const targetOf = ({ key, uploadId }: PartsUpload) => ({ Bucket: bucket, Key: key, UploadId: uploadId });

/** Begins an upload in parts. */
export const beginParts = async (headers: ObjectHeaders): Promise<string> => {
  const { UploadId: id } = await withDeadline((options) => client.send(new CreateMultipartUploadCommand(headersOf(headers)), options));
  if (id === undefined) throw new Error('S3 gave no id for an upload in parts');
  return id;
};

/** Signs a URL that takes exactly so many bytes as this part. Asks AWS nothing. */
export const signPart = (upload: PartsUpload, partNumber: number, sizeBytes: number, expiresInSeconds: number): Promise<string> =>
  getSignedUrl(client, new UploadPartCommand({ ...targetOf(upload), PartNumber: partNumber, ContentLength: sizeBytes }), {
    expiresIn: expiresInSeconds,
    signableHeaders: new Set(['host', 'content-length']),
  });

/** A part that has arrived whole. */
export interface ArrivedPart {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
}

/** The parts that have arrived; undefined if S3 knows no such upload (any more). */
export const listArrivedParts = async (upload: PartsUpload): Promise<readonly ArrivedPart[] | undefined> => {
  const parts: ArrivedPart[] = [];
  let marker: string | undefined;
  do {
    const command = new ListPartsCommand({ ...targetOf(upload), ...(marker !== undefined && { PartNumberMarker: marker }) });
    const output = await withDeadline((options) => client.send(command, options)).catch(unlessGone);
    if (output === undefined) return undefined;
    for (const { PartNumber: partNumber = 0, Size: sizeBytes = 0, ETag: etag = '' } of output.Parts ?? [])
      parts.push({ partNumber, sizeBytes, etag });
    marker = output.IsTruncated === true ? output.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
};

const unlessGone = (error: unknown): undefined => {
  if (nameOf(error) === 'NoSuchUpload') return undefined;
  throw error;
};

/** Joins the parts. False if S3 knows no such upload (any more). */
export const joinParts = async (upload: PartsUpload, parts: readonly ArrivedPart[]): Promise<boolean> => {
  const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
  const command = new CompleteMultipartUploadCommand({ ...targetOf(upload), MultipartUpload: { Parts } });
  return (await withDeadline((options) => client.send(command, options)).catch(unlessGone)) !== undefined;
};

/** Ends an upload in parts and has S3 drop them. One that is gone is no error. */
export const dropParts = async (upload: PartsUpload): Promise<void> => {
  await withDeadline((options) => client.send(new AbortMultipartUploadCommand(targetOf(upload)), options)).catch(unlessGone);
};

/** Whether there are bytes at a key. */
export const isStored = async (key: string): Promise<boolean> => {
  try {
    await withDeadline((options) => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), options));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** Has S3 copy bytes to another key. False if there are none at the source. */
export const copyBytes = async (source: string, to: ObjectHeaders): Promise<boolean> => {
  const command = new CopyObjectCommand({
    ...headersOf(to),
    CopySource: `${bucket}/${source}`,
    MetadataDirective: 'REPLACE',
    // Tags tell what a scan has found of the bytes at one key.
    TaggingDirective: 'REPLACE',
  });
  try {
    await withDeadline((options) => client.send(command, options));
    return true;
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey') return false;
    throw error;
  }
};
