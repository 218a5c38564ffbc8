import type { LocalServiceType } from '../service.ts';
import { identifyS3Resource } from './identify-s3.ts';
import { S3Service } from './s3-service.ts';

/** Buckets of the template, with their objects in the data folder. */
export const s3: LocalServiceType = {
  signingName: 's3',
  resourceTypes: ['AWS::S3::Bucket', 'Custom::S3BucketNotifications', 'AWS::GuardDuty::MalwareProtectionPlan'],
  identify: identifyS3Resource,
  start: async (resources, context) => new S3Service(resources, context),
};
