import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { AbortMultipartUploadCommand, DeleteObjectsCommand, S3Client } from '@aws-sdk/client-s3';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const bucket = requiredVariable(variables.filesBucket);
const distributionId = requiredVariable(variables.distributionId);
const s3 = new S3Client({ maxAttempts: 3 });
const cloudFront = new CloudFrontClient({ maxAttempts: 3 });

/** DeleteObjects, Amazon S3 API Reference. */
const keysPerRequest = 1_000;

/** Deletes objects. Those that are gone already are no error. */
export const deleteObjects = async (keys: readonly string[]): Promise<void> => {
  for (let start = 0; start < keys.length; start += keysPerRequest) {
    const Objects = keys.slice(start, start + keysPerRequest).map((key) => ({ Key: key }));
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
    if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be deleted: ${Errors[0]?.Code}`);
  }
};

/** Ends an upload in parts, so that S3 drops what has arrived. */
export const abortParts = async (key: string, uploadId: string): Promise<void> => {
  try {
    await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
  } catch (error) {
    if ((error as Error).name !== 'NoSuchUpload') throw error;
  }
};

/**
 * Has the CDN forget what it keeps of these paths.
 *
 * @param reference the same for the same paths, so that a second request is none
 */
export const invalidate = async (paths: readonly string[], reference: string): Promise<void> => {
  const items = [...paths];
  const batch = { CallerReference: reference, Paths: { Quantity: items.length, Items: items } };
  await cloudFront.send(new CreateInvalidationCommand({ DistributionId: distributionId, InvalidationBatch: batch }));
};
