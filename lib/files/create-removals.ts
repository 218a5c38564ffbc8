import { Annotations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { filesTable } from '../../contracts/files-table.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connectStream, streamGrants } from '../api/stream-source.ts';
import { createDeadLetters } from '../api/work-queue.ts';

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
  const deadLetters = createDeadLetters(scope, 'DeadLetters');
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
    connectStream(scope, `${model}Source`, removals, {
      streamArn,
      batchSize,
      deadLetters,
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('REMOVE') })],
    });
  }
  return { function: removals, deadLetters };
};
