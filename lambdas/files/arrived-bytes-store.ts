import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { isMissing, statusOf } from './missing-object.ts';

const bucket = requiredVariable(variables.filesBucket);
// A part of an object has no checksum of its own.
const s3 = new S3Client({ maxAttempts: 3, responseChecksumValidation: 'WHEN_REQUIRED' });

/** What arrived. */
export interface ArrivedObject {
  readonly sizeBytes: number;
  /** Its first bytes. */
  readonly bytes: Uint8Array;
}

/**
 * Reads how an object begins, in one request.
 *
 * @returns undefined if there is no such object
 */
export const readBeginning = async (key: string, length: number): Promise<ArrivedObject | undefined> => {
  try {
    const { Body, ContentRange } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${length - 1}` }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    return { bytes, sizeBytes: Number(ContentRange?.split('/')[1] ?? bytes.length) };
  } catch (error) {
    // An empty object has no first byte.
    if (statusOf(error) === 416) return { bytes: new Uint8Array(), sizeBytes: 0 };
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** The SHA-256 that S3 has computed of a whole object, base64. Undefined where it has none. */
export const readChecksum = async (key: string): Promise<string | undefined> => {
  const { ChecksumSHA256, ChecksumType } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
  return ChecksumType === 'COMPOSITE' ? undefined : ChecksumSHA256;
};
