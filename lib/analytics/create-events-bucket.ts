import { Duration } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dataRemovalPolicy, type Stage } from '../stage.ts';

/** Where Firehose puts events: private, encrypted, by TLS only. */
export const createEventsBucket = (scope: Construct, retentionDays: number | undefined, stage: Stage): Bucket =>
  new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [
      { id: 'EndUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(retentionDays === undefined ? [] : [{ id: 'EndEvents', prefix: 'events/', expiration: Duration.days(retentionDays) }]),
    ],
    removalPolicy: dataRemovalPolicy(stage),
  });
