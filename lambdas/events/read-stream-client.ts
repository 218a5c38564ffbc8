import { type _Record, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/** A place in a stream, as Lambda tells it of a batch that it has given up ("Retain records of failed invocations"). */
export interface StreamPlace {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly batchSize: number;
}

/** The same record as Lambda would hand it over. */
const toLambda = ({ eventID, eventName, userIdentity, dynamodb }: _Record, eventSourceARN: string): DynamoDBRecord =>
  ({
    eventID,
    eventName,
    eventSourceARN,
    userIdentity: userIdentity && { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    dynamodb: dynamodb && { ...dynamodb, ApproximateCreationDateTime: (dynamodb.ApproximateCreationDateTime?.getTime() ?? 0) / 1_000 },
  }) as DynamoDBRecord;

const ownClient = new DynamoDBStreamsClient({ maxAttempts: 3 });

/**
 * Reads the records of a batch once more. A stream keeps them for a day.
 *
 * @throws TrimmedDataAccessException of the SDK when they are gone
 */
export const readStreamPlace = async (place: StreamPlace, client = ownClient): Promise<readonly DynamoDBRecord[]> => {
  const { streamArn: StreamArn, shardId: ShardId, startSequenceNumber: SequenceNumber, endSequenceNumber } = place;
  const { ShardIterator: first } = await client.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber }),
  );
  const records: DynamoDBRecord[] = [];
  const last = BigInt(endSequenceNumber);
  for (let iterator = first; iterator !== undefined; ) {
    const { Records = [], NextShardIterator: next } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: place.batchSize }),
    );
    const wanted = Records.filter(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) <= last);
    records.push(...wanted.map((record) => toLambda(record, StreamArn)));
    iterator = wanted.length < Records.length || wanted.at(-1)?.dynamodb?.SequenceNumber === endSequenceNumber ? undefined : next;
  }
  return records;
};
