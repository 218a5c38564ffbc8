import type { S3Operation } from '../s3-call.ts';
import { s3Error } from '../s3-error.ts';
import { xmlAnswer } from '../xml.ts';

export const headBucket: S3Operation = (call) => {
  call.authorize('ListBucket');
  return { status: 200, headers: { 'x-amz-bucket-region': call.engine.context.account.region }, body: '' };
};

/** The first region has no name here. */
export const getBucketLocation: S3Operation = (call) => {
  call.authorize('GetBucketLocation');
  const { region } = call.engine.context.account;
  return xmlAnswer('LocationConstraint', region === 'us-east-1' ? '' : region);
};

export const getBucketVersioning: S3Operation = (call) => {
  call.authorize('GetBucketVersioning');
  return xmlAnswer('VersioningConfiguration', { Status: call.bucket.versioning });
};

export const getBucketTagging: S3Operation = (call) => {
  call.authorize('GetBucketTagging');
  const Tag = call.bucket.tags.map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }));
  if (Tag.length === 0) throw s3Error('NoSuchTagSet');
  return xmlAnswer('Tagging', { TagSet: { Tag } });
};
