import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { AbortMultipartUploadCommand, DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { variantKey } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const bucket = requiredVariable(variables.filesBucket);
const distributionId = requiredVariable(variables.distributionId);
const s3 = new S3Client({ maxAttempts: 3 });
const cloudFront = new CloudFrontClient({ maxAttempts: 3 });

/** DeleteObjects, Amazon S3 API Reference. */
const keysPerRequest = 1_000;

/** The keys of the variants that an object has. There are never more than fit on a page. */
export const listVariants = async (key: string): Promise<readonly string[]> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: variantKey(key, { file: '' }) }));
  return Contents.map(({ Key = '' }) => Key);
};

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
