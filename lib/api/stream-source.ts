import type { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, type EventSourceMappingOptions, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Grant } from './create-role.ts';
import type { FeatureFunction } from './feature-function.ts';

/** What fails again and again must not hold up the rest of the shard for the day that the stream keeps its records. */
const retryAttempts = 10;

/** What a function needs that Lambda feeds from the streams of these tables ("Using AWS Lambda with Amazon DynamoDB"). */
export const streamGrants = (streams: readonly { readonly table: ITable; readonly streamArn: string }[]): readonly Grant[] => [
  {
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: streams.map(({ streamArn }) => streamArn),
  },
  { actions: ['dynamodb:ListStreams'], resources: streams.map(({ table }) => `${table.tableArn}/stream/*`) },
];

/** Which part of a stream a function is handed, and how. */
export interface StreamSourceProps {
  readonly streamArn: string;
  readonly batchSize: number;
  /** What of the stream wakes the function. @default all of it */
  readonly filters?: EventSourceMappingOptions['filters'];
  /** Gets the place in the stream of what could not be handled; the function may send to it. */
  readonly deadLetters: IQueue;
  /** @default Duration.days(1) - as long as the stream keeps its records */
  readonly maxRecordAge?: Duration;
  /** @default - records are handed over at once */
  readonly maxBatchingWindow?: Duration;
}

/**
 * Hands the stream of a table to a function, which says which of the records failed; a batch that fails as a whole is halved until
 * the record that is at fault is alone.
 */
export const connectStream = (
  scope: Construct,
  id: string,
  target: FeatureFunction,
  { streamArn, deadLetters, ...options }: StreamSourceProps,
): void => {
  const mapping = new EventSourceMapping(scope, id, {
    ...options,
    target: target.function,
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    retryAttempts,
    onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
  });
  mapping.node.addDependency(target.role);
};
