import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';

const client = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
});

/** Keeps the text of a body. The key is made of it, so that to keep it again changes nothing. */
export const putBody = async (Key: string, Body: string): Promise<void> => {
  // Here, since without large bodies there is no bucket.
  const Bucket = requiredVariable(variables.inboundBucket);
  try {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain; charset=utf-8' }));
  } catch (error) {
    throw storeError(error);
  }
};
