import { Duration } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, type LifecycleRule, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { fileLimits } from '../../contracts/files.ts';
import { variantsPrefix } from '../../contracts/files-table.ts';
import { dataRemovalPolicy, type Stage } from '../stage.ts';

/** How long variants are kept. They are made again when they are asked for. */
const variantDays = 90;
/** How long production can bring back what was deleted or overwritten. After it, nothing of a deleted file is left. */
const deletedDays = 30;

/** What pages may read of S3's answers to uploads. */
const uploadResponseHeaders = ['ETag', 'x-amz-checksum-sha256', 'x-amz-request-id'];

const lifecycleRules = (stage: Stage): LifecycleRule[] => [
  { id: 'EndUploads', abortIncompleteMultipartUploadAfter: Duration.seconds(fileLimits.abandonedAfterSeconds) },
  { id: 'EndVariants', prefix: variantsPrefix, expiration: Duration.days(variantDays) },
  ...(stage === 'production'
    ? [{ id: 'EndDeleted', noncurrentVersionExpiration: Duration.days(deletedDays), expiredObjectDeleteMarker: true }]
    : []),
];

/**
 * The bucket of files: private, encrypted, by TLS only. In production it is versioned: what is deleted can be brought back for
 * 30 days, and is gone then.
 *
 * @param corsOrigins the origins whose pages may upload
 */
export const createBucket = (scope: Construct, corsOrigins: readonly string[], stage: Stage): Bucket =>
  new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    versioned: stage === 'production',
    lifecycleRules: lifecycleRules(stage),
    ...(corsOrigins.length > 0 && {
      cors: [
        {
          allowedOrigins: [...corsOrigins],
          allowedMethods: [HttpMethods.POST, HttpMethods.PUT, HttpMethods.GET, HttpMethods.HEAD],
          allowedHeaders: ['*'],
          exposedHeaders: uploadResponseHeaders,
          maxAge: Duration.hours(1).toSeconds(),
        },
      ],
    }),
    removalPolicy: dataRemovalPolicy(stage),
  });
