import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Grant } from './create-role.ts';
import type { FeatureFunction } from './feature-function.ts';

/** A queue, and where its messages go that nobody could handle. */
export interface WorkQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

export interface WorkQueueProps {
  /** How long the function that handles the messages may take. */
  readonly timeoutSeconds: number;
  /** Tries, after which a message is put aside. */
  readonly attempts: number;
  /** Bytes of a message at most, 1,048,576 or fewer. @default - what SQS sets */
  readonly maxMessageBytes?: number;
}

const encrypted = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** Makes a queue for what nobody could handle, which keeps it as long as SQS does. */
export const createDeadLetters = (scope: Construct, id: string, size: Pick<QueueProps, 'maxMessageSizeBytes'> = {}): Queue =>
  new Queue(scope, id, { ...encrypted, ...size, retentionPeriod: Duration.days(14) });

/** Makes a queue that takes requests over TLS only, and puts aside what failed `attempts` times. */
export const createWorkQueue = (scope: Construct, id: string, { timeoutSeconds, attempts, maxMessageBytes }: WorkQueueProps): WorkQueue => {
  const inside = new Construct(scope, id);
  const size = maxMessageBytes === undefined ? {} : { maxMessageSizeBytes: maxMessageBytes };
  const deadLetters = createDeadLetters(inside, 'DeadLetters', size);
  const queue = new Queue(inside, 'Queue', {
    ...encrypted,
    ...size,
    // "Set the visibility timeout to at least six times the function timeout" (Lambda Developer Guide, "Using Lambda with Amazon SQS").
    visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: attempts },
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
  /** How many functions run at a time, so that much work leaves concurrency of the account to requests. */
  readonly maxConcurrency: number;
  /** How long messages are gathered. @default 0 */
  readonly windowSeconds?: number;
}

/**
 * Hands the messages of a queue to a function, which says which of them failed.
 *
 * @param id of the mapping, for a function with several queues
 */
export const connect = (
  { queue }: WorkQueue,
  target: FeatureFunction,
  { batchSize, maxConcurrency, windowSeconds = 0 }: Pace,
  id = 'Source',
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
