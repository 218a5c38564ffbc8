import { CustomResource, Tags } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { emptyOnDeleteTag } from '../../contracts/files-table.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { Stage } from '../stage.ts';

/** Of Lambda. Some 100,000 objects are deleted within it; for more, delete the stack again. */
const timeoutSeconds = 900;

/** Empties a bucket when its stack is deleted. Only where data need not outlive the stack. */
export const emptyOnDelete = (parent: Construct, bucket: Bucket, options: FunctionOptions & { readonly stage: Stage }): void => {
  const scope = new Construct(parent, 'EmptyBucket');
  Tags.of(bucket).add(emptyOnDeleteTag, 'true');
  const emptier = new FeatureFunction(scope, 'Function', {
    ...options,
    description: 'Plinth: empties the bucket of files when the stack is deleted',
    entry: lambdaEntry('files/empty-bucket-handler.ts'),
    timeoutSeconds,
    grants: [
      { actions: ['s3:GetBucketTagging', 's3:ListBucketVersions'], resources: [bucket.bucketArn] },
      { actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'], resources: [bucket.arnForObjects('*')] },
    ],
  });
  const resource = new CustomResource(scope, 'Resource', {
    serviceToken: emptier.function.functionArn,
    resourceType: 'Custom::PlinthEmptyBucket',
    properties: { BucketName: bucket.bucketName },
  });
  resource.node.addDependency(emptier.role);
};
