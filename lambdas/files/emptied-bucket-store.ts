import { DeleteObjectsCommand, GetBucketTaggingCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { emptyOnDeleteTag } from '../../contracts/files-table.ts';

const s3 = new S3Client({ maxAttempts: 5 });

/** Whether a bucket is (still) one that goes with its stack. */
export const mayBeEmptied = async (bucket: string): Promise<boolean> => {
  try {
    const { TagSet = [] } = await s3.send(new GetBucketTaggingCommand({ Bucket: bucket }));
    return TagSet.some(({ Key }) => Key === emptyOnDeleteTag);
  } catch (error) {
    if (['NoSuchTagSet', 'NoSuchBucket'].includes((error as Error).name)) return false;
    throw error;
  }
};

/**
 * Deletes a page of what a bucket holds, old versions too.
 *
 * @returns whether the bucket is empty
 */
export const emptyPage = async (bucket: string): Promise<boolean> => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length === 0) return true;
  const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
  if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be deleted: ${Errors[0]?.Code}`);
  return false;
};
