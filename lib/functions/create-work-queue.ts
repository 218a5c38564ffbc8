import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionLimits } from '../../contracts/functions.ts';
import type { FeatureFunction, Grant } from '../api/feature-function.ts';
import type { WorkQueue } from './function-sources.ts';

const encrypted = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** Makes a queue that takes requests over TLS only, and puts aside what failed at all tries. */
export const createWorkQueue = (scope: Construct, id: string, timeoutSeconds: number): WorkQueue => {
  const inside = new Construct(scope, id);
  const deadLetters = new Queue(inside, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
  const queue = new Queue(inside, 'Queue', {
    ...encrypted,
    // "Set the visibility timeout to at least six times the function timeout" (Lambda Developer Guide, "Using Lambda with Amazon SQS").
    visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: functionLimits.attempts },
  });
  return { queue, deadLetters };
};

/** What a function needs to be handed the messages of a queue. */
export const consume = ({ queue }: WorkQueue): Grant => ({
  actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  resources: [queue.queueArn],
});

/** How a queue is worked off. */
export interface Pace {
  readonly batchSize: number;
  readonly windowSeconds?: number;
  /** How many runs there are at a time, so that requests keep concurrency of the account. */
  readonly maxConcurrency: number;
}

/** Hands the messages of a queue to a function, which says which of them failed. */
export const connect = (
  id: string,
  { queue }: WorkQueue,
  target: FeatureFunction,
  { batchSize, windowSeconds = 0, maxConcurrency }: Pace,
): void => {
  const mapping = new EventSourceMapping(target, id, {
    target: target.function,
    eventSourceArn: queue.queueArn,
    batchSize,
    maxConcurrency,
    reportBatchItemFailures: true,
    ...(windowSeconds > 0 && { maxBatchingWindow: Duration.seconds(windowSeconds) }),
  });
  mapping.node.addDependency(target.role);
};
