import { Lazy, Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { variables } from '../../contracts/variables.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { createWorkQueue, type WorkQueue } from '../api/work-queue.ts';
import { eventsModule } from './events-module.ts';
import { sourceMark, type TableSource } from './table-sources.ts';

export interface PublisherProps extends Pick<FeatureFunctionProps, 'stage' | 'memorySizeMb' | 'logRetention' | 'tracing'> {
  readonly bus: IEventBus;
  readonly relay: WorkQueue;
  readonly models: Readonly<Record<string, CompiledModel>>;
  /** The tables whose streams it reads; more may be added until synthesis. */
  readonly sources: readonly TableSource[];
}

const timeoutSeconds = 60;
/** With six minutes in between: so long may the bus be away before events wait for a person. */
const relayAttempts = 20;
/** What Amazon SQS takes at most: a record that no event can be made of is kept whole. */
const maxMessageBytes = 1_048_576;
const relayPace = { batchSize: 10, maxConcurrency: 2 } as const;

/** The queue of what is published later. */
export const createRelay = (scope: Construct): WorkQueue =>
  createWorkQueue(scope, 'Relay', { timeoutSeconds, attempts: relayAttempts, maxMessageBytes });

/** The function that puts on the bus what streams and the relay tell. */
export const createPublisher = (scope: Construct, { bus, relay, models, sources, ...options }: PublisherProps): FeatureFunction => {
  const tables = Lazy.uncachedString({
    produce: () => Stack.of(scope).toJsonString(Object.fromEntries(sources.map((source) => [source.table.tableName, sourceMark(source)]))),
  });
  const { queue, deadLetters } = relay;
  const publisher = new FeatureFunction(scope, 'Publisher', {
    ...options,
    description: 'Plinth: tells on the bus what happens in tables',
    entry: lambdaEntry('events/publisher-handler.ts'),
    unusedModules: [eventStreams],
    modules: { '@compiled/events': eventsModule(models) },
    timeoutSeconds,
    environment: {
      [variables.eventBus]: bus.eventBusName,
      [variables.eventTables]: tables,
      [variables.eventRelayQueue]: queue.queueUrl,
      [variables.eventRelayDeadLetters]: deadLetters.queueUrl,
    },
    grants: [
      { actions: ['events:PutEvents'], resources: [bus.eventBusArn] },
      { actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'], resources: [queue.queueArn] },
      { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] },
    ],
  });
  const mapping = new EventSourceMapping(publisher, 'Relay', {
    target: publisher.function,
    eventSourceArn: queue.queueArn,
    ...relayPace,
    reportBatchItemFailures: true,
  });
  mapping.node.addDependency(publisher.role);
  return publisher;
};
