import { Duration } from 'aws-cdk-lib';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { createWorkQueue, type WorkQueue } from '../api/work-queue.ts';
import type { Pattern } from './event-pattern.ts';

/** A queue of events for one consumer. */
export interface Subscription extends WorkQueue {
  readonly rule: Rule;
}

export interface SubscribeProps {
  readonly bus: IEventBus;
  readonly pattern: Pattern;
  /** How long the function that handles the events may take. */
  readonly timeoutSeconds: number;
  readonly attempts: number;
}

/** How long EventBridge tries to bring an event to a queue: its own longest ("Event retry policy and using dead-letter queues"). */
export const longestDelivery = { maxEventAge: Duration.hours(24), retryAttempts: 185 } as const;

/** What Amazon SQS takes at most: around an event of the largest size there is more. */
export const maxMessageBytes = 1_048_576;

/** The names of the members that CDK spells differently. */
export const toCdk = ({ 'detail-type': detailType, ...rest }: Pattern): EventPattern =>
  ({ ...rest, ...(detailType !== undefined && { detailType }) }) as EventPattern;

/** Has the bus put matching events into a queue. What cannot be put there goes where the queue puts what cannot be handled. */
export const subscribe = (scope: Construct, id: string, { bus, pattern, timeoutSeconds, attempts }: SubscribeProps): Subscription => {
  const inside = new Construct(scope, id);
  const { queue, deadLetters } = createWorkQueue(inside, 'Events', { timeoutSeconds, attempts, maxMessageBytes });
  const rule = new Rule(inside, 'Rule', {
    eventBus: bus,
    eventPattern: toCdk(pattern),
    targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters, ...longestDelivery })],
  });
  return { queue, deadLetters, rule };
};
