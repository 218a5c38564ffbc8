import { Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { Analytics } from './analytics/analytics.ts';
import type { Data } from './data/data.ts';
import type { Events } from './events/events.ts';
import type { Files } from './files/files.ts';
import type { Payments } from './payments/payments.ts';
import type { Push } from './push/push.ts';

/** The features that put something aside. */
export interface DeadLetterSources {
  readonly data: Pick<Data, 'deletions'> | undefined;
  readonly files: Pick<Files, 'arrivals' | 'sweeper' | 'removals'> | undefined;
  readonly push: Pick<Push, 'deadLetters'> | undefined;
  readonly payments: Pick<Payments, 'deadLetters'> | undefined;
  readonly analytics: Pick<Analytics, 'deadLetters'> | undefined;
  readonly events: Pick<Events, 'deadLetters'> | undefined;
}

/** All queues of dead letters by what they are of, as `plinth events` calls them: each is watched, and each can be redriven. */
export const deadLettersOf = ({ data, files, push, payments, analytics, events }: DeadLetterSources): ReadonlyMap<string, IQueue> => {
  const queues: Readonly<Record<string, IQueue | undefined>> = {
    ...Object.fromEntries(events?.deadLetters ?? []),
    deletions: data?.deletions?.deadLetters,
    'files.arrivals': files?.arrivals.deadLetters,
    'files.sweeper': files?.sweeper.deadLetters,
    'files.removals': files?.removals?.deadLetters,
    'push.messages': push?.deadLetters.messages,
    'push.deliveries': push?.deadLetters.deliveries,
    'push.feedback': push?.deadLetters.feedback,
    payments: payments?.deadLetters,
    analytics: analytics?.deadLetters,
  };
  return new Map(Object.entries(queues).flatMap(([name, queue]) => (queue === undefined ? [] : [[name, queue]])));
};

const deployedWith = (of: IConstruct): Stack => {
  const stack = Stack.of(of);
  return stack.nestedStackParent === undefined ? stack : deployedWith(stack.nestedStackParent);
};

/** Of these queues, those that a stack may name. A queue of another stack comes after its bus, so that naming it would be a circle. */
export const queuesDeployedWith = (scope: IConstruct, queues: ReadonlyMap<string, IQueue>): ReadonlyMap<string, IQueue> =>
  new Map([...queues].filter(([, queue]) => deployedWith(queue) === deployedWith(scope)));
