import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { isMissing } from './missing-object.ts';

const bucket = requiredVariable(variables.filesBucket);
const s3 = new S3Client({ maxAttempts: 3 });

/** An image that is larger than variants are made of. */
export class TooLarge extends Error {
  constructor(sizeBytes: number) {
    super(`the image has ${sizeBytes} bytes`);
    this.name = 'TooLarge';
  }
}

/**
 * Reads an image.
 *
 * @returns undefined if there is none
 * @throws TooLarge before its bytes are read
 */
export const readImage = async (
  key: string,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly type: string } | undefined> => {
  try {
    const { Body, ContentLength = 0, ContentType = '' } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (ContentLength > maxBytes) {
      (Body as { destroy?: () => void } | undefined)?.destroy?.();
      throw new TooLarge(ContentLength);
    }
    return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), type: ContentType };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Whether an object is (still) there. */
export const exists = async (key: string): Promise<boolean> => {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** Keeps a variant, so that it is made once. */
export const storeVariant = async (key: string, bytes: Uint8Array, type: string, cacheControl: string): Promise<void> => {
  const headers = { ContentType: type, ContentDisposition: 'inline', CacheControl: cacheControl };
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ...headers }));
};

/** Deletes a variant. */
export const deleteVariant = async (key: string): Promise<void> => {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
};
