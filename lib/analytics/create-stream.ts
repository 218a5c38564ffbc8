import { Stack } from 'aws-cdk-lib';
import { type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { createRole } from '../api/create-role.ts';
import type { Stage } from '../stage.ts';

/** What comes first makes Firehose write an object. Few large objects cost Athena least; in development nobody waits for long. */
const buffering = {
  production: { sizeInMBs: 64, intervalInSeconds: 300 },
  development: { sizeInMBs: 1, intervalInSeconds: 60 },
} as const satisfies Record<Stage, CfnDeliveryStream.BufferingHintsProperty>;

/** As Firehose asks for it ("Grant Firehose access to an Amazon S3 destination"). */
const createStreamRole = (scope: Construct, bucket: IBucket): Role => {
  const firehose = new ServicePrincipal('firehose.amazonaws.com', {
    conditions: { StringEquals: { 'sts:ExternalId': Stack.of(scope).account } },
  });
  return createRole(scope, 'StreamRole', firehose, [
    { actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], resources: [bucket.bucketArn] },
    { actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], resources: [bucket.arnForObjects('events/*')] },
  ]).role;
};

/** The delivery stream: what is put into it lies in the bucket as compressed JSON Lines, by the day (UTC) on which it came. */
export const createStream = (scope: Construct, bucket: IBucket, stage: Stage): CfnDeliveryStream => {
  const role = createStreamRole(scope, bucket);
  const stream = new CfnDeliveryStream(scope, 'Stream', {
    deliveryStreamType: 'DirectPut',
    deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
    extendedS3DestinationConfiguration: {
      bucketArn: bucket.bucketArn,
      roleArn: role.roleArn,
      bufferingHints: buffering[stage],
      compressionFormat: 'GZIP',
      prefix: 'events/day=!{timestamp:yyyy-MM-dd}/',
      // Firehose asks for it; without processors nothing is ever written there.
      errorOutputPrefix: 'errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
    },
  });
  // Its policy, too, must be there before the first event comes.
  stream.node.addDependency(role);
  return stream;
};
