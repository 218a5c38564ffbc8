import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { filesTable, reminderPrefix } from '../../contracts/files-table.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connectStream, streamGrants } from '../api/stream-source.ts';
import { createDeadLetters } from '../api/work-queue.ts';

export interface SweeperProps
  extends Pick<FeatureFunctionProps, 'environment' | 'grants' | 'modules' | 'memorySizeMb' | 'logRetention' | 'tracing' | 'stage'> {
  readonly table: ITable;
}

/** What deletes bytes that no file refers to. */
export interface Sweeper {
  readonly function: FeatureFunction;
  /** Changes that could not be followed; a message names the place in the stream. */
  readonly deadLetters: Queue;
}

const timeoutSeconds = 60;
const batchSize = 50;

/**
 * The function behind the stream of the table of files.
 *
 * @throws Error for a table without a stream
 */
export const createSweeper = (parent: Construct, { table, grants = [], ...options }: SweeperProps): Sweeper => {
  const streamArn = table.tableStreamArn;
  if (streamArn === undefined) throw new Error('table has no stream: give it one with new and old images');
  const scope = new Construct(parent, 'Sweeper');
  const deadLetters = createDeadLetters(scope, 'DeadLetters');
  const sweeper = new FeatureFunction(scope, 'Function', {
    ...options,
    description: 'Plinth: deletes bytes that no file refers to',
    entry: lambdaEntry('files/sweeper-handler.ts'),
    unusedModules: [eventStreams],
    timeoutSeconds,
    grants: [...grants, ...streamGrants([{ table, streamArn }]), { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }],
  });
  connectStream(scope, 'Source', sweeper, {
    streamArn,
    batchSize,
    deadLetters,
    filters: [
      // Only files have a folder.
      FilterCriteria.filter({
        eventName: FilterRule.or('MODIFY', 'REMOVE'),
        dynamodb: { OldImage: { folder: { S: FilterRule.exists() } } },
      }),
      FilterCriteria.filter({
        eventName: FilterRule.isEqual('REMOVE'),
        dynamodb: { Keys: { [filesTable.partitionKey]: { S: FilterRule.beginsWith(reminderPrefix) } } },
      }),
    ],
  });
  return { function: sweeper, deadLetters };
};
