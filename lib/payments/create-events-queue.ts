import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventAttempts } from '../../contracts/payments-table.ts';

/** The queue of events that have been taken, and where those go that nobody could handle. */
export interface EventsQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

const encrypted = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** @param timeoutSeconds how long the function that handles the events may take */
export const createEventsQueue = (scope: Construct, timeoutSeconds: number): EventsQueue => {
  const inside = new Construct(scope, 'EventsQueue');
  const deadLetters = new Queue(inside, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
  const queue = new Queue(inside, 'Queue', {
    ...encrypted,
    // "Set the visibility timeout to at least six times the function timeout" (Lambda Developer Guide, "Using Lambda with Amazon SQS").
    visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: eventAttempts },
  });
  return { queue, deadLetters };
};
