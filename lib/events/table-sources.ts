import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Grant } from '../api/create-role.ts';
import type { FeatureFunction } from '../api/feature-function.ts';
import { connectStream, streamGrants } from '../api/stream-source.ts';

/** A table whose changes are told. Its stream must have new and old images. */
export type TableSource =
  | { readonly kind: 'model'; readonly model: string; readonly table: ITable }
  | { readonly kind: 'files'; readonly table: ITable }
  /** A table with items that are events: `OutboxItem` of contracts/events.ts. Only the insert of an item is told. */
  | {
      readonly kind: 'outbox';
      readonly table: ITable;
      /** The types of the events in it. */
      readonly types: readonly string[];
      /** What the partition keys of these items begin with. @default items with an attribute `event` */
      readonly prefix?: string;
      /** The name of the partition key. @default 'pk' */
      readonly partitionKey?: string;
    };

/** Twice what most batches are read in; a PutEvents request takes ten. */
const batchSize = 100;
const maxRecordAge = Duration.hours(6);

/** How the publisher is told what a table is: in few characters, since Lambda takes 4 KB of variables. */
export const sourceMark = (source: TableSource): string => (source.kind === 'model' ? source.model : `$${source.kind}`);

const streamOf = ({ table, kind }: TableSource): string => {
  if (table.tableStreamArn !== undefined) return table.tableStreamArn;
  throw new Error(
    `the table ${table.node.path} (${kind}) has no stream, but its changes are told as events: give it a stream with new and old images`,
  );
};

/** What of a stream is read at all. */
const filtersOf = (source: TableSource) => {
  // Only files have a folder.
  if (source.kind === 'files') {
    const isFile = { folder: { S: FilterRule.exists() } };
    return [FilterCriteria.filter({ dynamodb: { NewImage: isFile } }), FilterCriteria.filter({ dynamodb: { OldImage: isFile } })];
  }
  if (source.kind === 'model') return undefined;
  const { prefix, partitionKey = 'pk' } = source;
  return [
    FilterCriteria.filter({
      eventName: FilterRule.isEqual('INSERT'),
      dynamodb: {
        NewImage: { event: { M: { type: { S: FilterRule.exists() } } } },
        ...(prefix !== undefined && { Keys: { [partitionKey]: { S: FilterRule.beginsWith(prefix) } } }),
      },
    }),
  ];
};

/** What a function needs to read the stream of a table. */
export const sourceGrants = (source: TableSource): readonly Grant[] => streamGrants([{ table: source.table, streamArn: streamOf(source) }]);

/**
 * Hands the stream of a table to the publisher.
 *
 * @throws Error for a table without a stream
 */
export const readStream = (scope: Construct, source: TableSource, publisher: FeatureFunction, deadLetters: IQueue): void => {
  const filters = filtersOf(source);
  connectStream(scope, `Source-${source.table.node.addr.slice(-8)}`, publisher, {
    streamArn: streamOf(source),
    batchSize,
    deadLetters,
    maxRecordAge,
    ...(filters !== undefined && { filters }),
  });
};
