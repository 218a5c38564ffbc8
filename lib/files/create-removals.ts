import { Annotations, Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { filesTable } from '../../contracts/files-table.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { streamGrants } from '../api/stream-grants.ts';

/** A table whose records folders follow. */
export interface FollowedTable {
  readonly model: string;
  /** The variable that holds the table's name. */
  readonly variable: string;
  readonly table: ITable;
}

export interface RemovalsProps
  extends Pick<FeatureFunctionProps, 'environment' | 'modules' | 'memorySizeMb' | 'logRetention' | 'tracing' | 'stage'> {
  /** The table of files. */
  readonly table: ITable;
  readonly followed: readonly FollowedTable[];
}

/** What deletes the files of deleted records. */
export interface Removals {
  readonly function: FeatureFunction;
  /** Deletes that could not be followed; a message names the place in the stream. */
  readonly deadLetters: Queue;
}

const timeoutSeconds = 60;
const batchSize = 10;
const retryAttempts = 10;

const grantsOf = (table: ITable, streams: readonly { readonly table: ITable; readonly streamArn: string }[], deadLetters: Queue) => [
  { actions: ['dynamodb:Query'], resources: [`${table.tableArn}/index/${filesTable.byPlace.name}`] },
  { actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'], resources: [table.tableArn] },
  ...streamGrants(streams),
  { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] },
];

/**
 * The function behind the streams of the tables whose records folders follow. Only deletes wake it.
 *
 * @returns undefined if no folder follows a record of a table with a stream
 */
export const createRemovals = (parent: Construct, { table, followed, environment, ...options }: RemovalsProps): Removals | undefined => {
  const streams = followed.flatMap(({ model, variable, table: records }) => {
    if (records.tableStreamArn !== undefined) return [{ model, variable, table: records, streamArn: records.tableStreamArn }];
    const warning = `the table of ${model} has no stream, so files stay when their ${model} is deleted: give it one`;
    Annotations.of(parent).addWarningV2('plinth:files-of-records', warning);
    return [];
  });
  if (streams.length === 0) return undefined;
  const scope = new Construct(parent, 'Removals');
  const deadLetters = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const removals = new FeatureFunction(scope, 'Function', {
    ...options,
    description: 'Plinth: deletes the files of deleted records',
    entry: lambdaEntry('files/removals-handler.ts'),
    unusedModules: [eventStreams],
    timeoutSeconds,
    environment: { ...environment, ...Object.fromEntries(followed.map(({ variable, table: records }) => [variable, records.tableName])) },
    grants: grantsOf(table, streams, deadLetters),
  });
  for (const { model, streamArn } of streams) {
    const mapping = new EventSourceMapping(scope, `${model}Source`, {
      target: removals.function,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts,
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('REMOVE') })],
    });
    mapping.node.addDependency(removals.role);
  }
  return { function: removals, deadLetters };
};
