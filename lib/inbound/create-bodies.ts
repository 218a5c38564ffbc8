import { Duration } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { inboundLimits } from '../../contracts/inbound.ts';
import { dataRemovalPolicy, type Stage } from '../stage.ts';

/** Where bodies lie that are too large for an event, as long as the ids of webhooks are remembered: private, encrypted, by TLS only. */
export const createBodies = (scope: Construct, stage: Stage): Bucket =>
  new Bucket(scope, 'Bodies', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [{ id: 'EndBodies', expiration: Duration.days(inboundLimits.rememberedDays) }],
    removalPolicy: dataRemovalPolicy(stage),
  });
