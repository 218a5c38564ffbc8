import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { FeatureFunction } from '../api/feature-function.ts';
import type { Pace, WorkQueue } from '../api/work-queue.ts';

/** How a queue of a function is worked off. */
export interface FunctionPace extends Pace {
  /** How long messages are gathered. @default 0 */
  readonly windowSeconds?: number;
}

/** Hands the messages of one of its queues to a function, which says which of them failed. */
export const connectQueue = (
  id: string,
  { queue }: WorkQueue,
  target: FeatureFunction,
  { batchSize, windowSeconds = 0, maxConcurrency }: FunctionPace,
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
