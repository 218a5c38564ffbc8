import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { CompiledModel, CompiledReference } from '../../contracts/compiled.ts';
import { constraintsTable, deletionPrefix } from '../../contracts/key-encoding.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connectStream, streamGrants } from '../api/stream-source.ts';
import { createDeadLetters } from '../api/work-queue.ts';

/** What the function works on. */
export interface DeletionsProps extends Omit<FeatureFunctionProps, 'entry' | 'description' | 'grants'> {
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly tables: Readonly<Record<string, ITable>>;
  readonly constraintsTable: ITable;
}

/** What finishes deletes. */
export interface Deletions {
  readonly function: FeatureFunction;
  /** Deletes that could not be finished; a message names the place in the stream. */
  readonly deadLetters: Queue;
}

/** The records that a delete elsewhere deletes or changes. */
const dependants = (models: DeletionsProps['models']): readonly (CompiledReference & { readonly owner: CompiledModel })[] =>
  Object.values(models).flatMap((owner) =>
    owner.references.filter(({ onDelete }) => onDelete !== 'restrict').map((reference) => ({ ...reference, owner })),
  );

/** Whether deletes of some model leave records of others to delete or to change. */
export const needsDeletions = (models: DeletionsProps['models']): boolean => dependants(models).length > 0;

const constraintActions = ['ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'];

/** The actions on the table of one model, and the indexes that find its records. */
const grantsOn = (table: ITable, references: readonly (CompiledReference & { readonly owner: CompiledModel })[]): readonly Grant[] => {
  const indexes = references.flatMap(({ owner, field }) => owner.indexes.find(({ partition }) => partition === field)?.name ?? []);
  const actions = [
    ...(references.some(({ onDelete }) => onDelete === 'cascade') ? ['dynamodb:DeleteItem'] : []),
    ...(references.some(({ onDelete }) => onDelete === 'setNull') ? ['dynamodb:PutItem'] : []),
  ];
  return [
    { actions, resources: [table.tableArn] },
    { actions: ['dynamodb:Query'], resources: indexes.map((name) => `${table.tableArn}/index/${name}`) },
  ];
};

const grantsOf = (
  { models, tables, constraintsTable: constraints }: DeletionsProps,
  streamArn: string,
  deadLetters: Queue,
): readonly Grant[] => {
  const all = dependants(models);
  const perModel = [...new Set(all.map(({ owner }) => owner.name))].flatMap((name) => {
    const table = tables[name];
    return table === undefined
      ? []
      : grantsOn(
          table,
          all.filter(({ owner }) => owner.name === name),
        );
  });
  return [
    { actions: constraintActions.map((action) => `dynamodb:${action}`), resources: [constraints.tableArn] },
    ...streamGrants([{ table: constraints, streamArn }]),
    ...perModel,
    { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] },
  ];
};

/**
 * The function that finishes deletes: it deletes or changes the records that depended on a deleted one, as far as the request
 * that deleted it has not done so. It is told by the stream of the table of constraints, which has a record of each such
 * delete from the moment that the delete is done.
 *
 * @throws Error for a table of constraints without a stream
 */
export const createDeletions = (scope: Construct, props: DeletionsProps): Deletions => {
  const { models: _, tables: __, constraintsTable: constraints, ...options } = props;
  const streamArn = constraints.tableStreamArn;
  if (streamArn === undefined) {
    throw new Error('constraintsTable has no stream, but relations with onDelete need one: give the table a stream (KEYS_ONLY is enough)');
  }
  const deadLetters = createDeadLetters(scope, 'DeletionsDeadLetters');
  const deletions = new FeatureFunction(scope, 'Deletions', {
    ...options,
    description: 'Plinth: finishes deletes of records on which others depend',
    entry: lambdaEntry('data/deletions-handler.ts'),
    unusedModules: [eventStreams],
    grants: grantsOf(props, streamArn, deadLetters),
  });
  connectStream(scope, 'DeletionsSource', deletions, {
    streamArn,
    batchSize: 100,
    deadLetters,
    // By then the request has most often finished it by itself, and there is nothing left to do.
    maxBatchingWindow: Duration.seconds(5),
    filters: [
      FilterCriteria.filter({
        eventName: FilterRule.or('INSERT', 'MODIFY'),
        dynamodb: { Keys: { [constraintsTable.partitionKey]: { S: FilterRule.beginsWith(deletionPrefix) } } },
      }),
    ],
  });
  return { function: deletions, deadLetters };
};
