import { Aws } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, type CfnBucket, EventType, type IBucket } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { CfnQueuePolicy, type Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledFiles, CompiledFolder } from '../../contracts/compiled.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type WorkQueue } from '../api/work-queue.ts';

export interface ArrivalsProps
  extends Pick<FeatureFunctionProps, 'environment' | 'grants' | 'modules' | 'memorySizeMb' | 'logRetention' | 'tracing' | 'stage'> {
  readonly bucket: IBucket;
  readonly definition: CompiledFiles;
}

/** What looks at files when they arrive. */
export interface Arrivals extends WorkQueue {
  readonly function: FeatureFunction;
}

const timeoutSeconds = 30;
const attempts = 5;
/** A burst of uploads must not take the concurrency that requests need. */
const pace = { batchSize: 10, maxConcurrency: 10 };
/** "Amazon S3 event notifications", quotas: configurations per bucket. */
const maxNotifications = 100;
/**
 * A bucket is told of the queue and the queue of the bucket, which CloudFormation would not untangle: so the queue takes the
 * notifications of every bucket of the account, and of no other account.
 */
const notifyOwn = (bucket: Bucket, queue: Queue, folders: readonly CompiledFolder[]): void => {
  queue.addToResourcePolicy(
    new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = {
    queueConfigurations: folders.map(({ prefix }) => ({
      event: 's3:ObjectCreated:*',
      queue: queue.queueArn,
      filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
    })),
  };
  // S3 sends a test message when it is told of the queue.
  const policy = queue.node.findAll().find((child) => child instanceof CfnQueuePolicy);
  if (policy !== undefined) resource.addResourceDependency(policy);
};

const notify = (scope: Construct, { bucket, definition }: ArrivalsProps, queue: Queue): void => {
  const folders = Object.values(definition.folders);
  if (folders.length > maxNotifications) throw new Error(`folders has ${folders.length} folders: S3 tells of at most ${maxNotifications}`);
  if (definition.malwareProtection) {
    new Rule(scope, 'Scanned', {
      description: 'Plinth: what GuardDuty has found in uploads',
      eventPattern: {
        source: ['aws.guardduty'],
        detailType: ['GuardDuty Malware Protection Object Scan Result'],
        detail: { s3ObjectDetails: { bucketName: [bucket.bucketName] } },
      },
      targets: [new SqsQueue(queue)],
    });
  } else if (bucket instanceof Bucket && bucket.node.scope === scope.node.scope) notifyOwn(bucket, queue, folders);
  else for (const { prefix } of folders) bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix });
};

/** The queue that is told of every upload, and the function that looks at what has come. */
export const createArrivals = (parent: Construct, props: ArrivalsProps): Arrivals => {
  const { bucket: _, definition: __, grants = [], ...options } = props;
  const scope = new Construct(parent, 'Arrivals');
  const work = createWorkQueue(scope, 'Work', { timeoutSeconds, attempts });
  const arrivals = new FeatureFunction(scope, 'Function', {
    ...options,
    description: 'Plinth: looks at files that arrive',
    entry: lambdaEntry('files/arrivals-handler.ts'),
    timeoutSeconds,
    grants: [...grants, consume(work)],
  });
  connect(work, arrivals, pace);
  notify(scope, props, work.queue);
  return { function: arrivals, ...work };
};
