import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A queue, and where its messages go that nobody could handle. */
export interface EventQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

export interface EventQueueProps {
  /** How long the function that handles the messages may take. */
  readonly timeoutSeconds: number;
  /** Tries, after which a message is put aside. */
  readonly attempts: number;
}

const encrypted = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** Makes a queue that takes requests over TLS only, and puts aside what failed `attempts` times. */
export const createEventQueue = (scope: Construct, id: string, { timeoutSeconds, attempts }: EventQueueProps): EventQueue => {
  const inside = new Construct(scope, id);
  const deadLetters = new Queue(inside, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
  const queue = new Queue(inside, 'Queue', {
    ...encrypted,
    // "Set the visibility timeout to at least six times the function timeout" (Lambda Developer Guide, "Using Lambda with Amazon SQS").
    visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: attempts },
  });
  return { queue, deadLetters };
};
