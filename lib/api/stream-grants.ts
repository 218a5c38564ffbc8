import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant } from './feature-function.ts';

/** What a function needs that Lambda feeds from the streams of these tables ("Using AWS Lambda with Amazon DynamoDB"). */
export const streamGrants = (streams: readonly { readonly table: ITable; readonly streamArn: string }[]): readonly Grant[] => [
  {
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: streams.map(({ streamArn }) => streamArn),
  },
  { actions: ['dynamodb:ListStreams'], resources: streams.map(({ table }) => `${table.tableArn}/stream/*`) },
];
