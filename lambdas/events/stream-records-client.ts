import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { unmarshallOptions } from '../runtime/store-errors.ts';

/** A change of an item, as a stream tells it. */
export interface ItemChange {
  /** The same whenever the stream tells it. */
  readonly id: string;
  readonly table: string;
  /** ISO 8601, to the second: a stream is no more exact. */
  readonly time: string;
  readonly new?: Readonly<Record<string, unknown>>;
  readonly old?: Readonly<Record<string, unknown>>;
}

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];

const toItem = (image: Image): Readonly<Record<string, unknown>> | undefined =>
  image && unmarshall(image as Record<string, AttributeValue>, unmarshallOptions);

/** `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>` */
const tableOf = (streamArn: string): string => streamArn.split('/')[1] ?? '';

/**
 * Reads a record of a stream.
 *
 * @throws Error for what is no record of a stream
 */
export const readChange = ({ eventID, eventSourceARN, dynamodb }: DynamoDBRecord): ItemChange => {
  if (eventID === undefined || dynamodb === undefined) throw new Error('the record has no id or no images');
  const [next, old] = [toItem(dynamodb.NewImage), toItem(dynamodb.OldImage)];
  return {
    id: eventID,
    table: tableOf(eventSourceARN ?? ''),
    time: new Date((dynamodb.ApproximateCreationDateTime ?? Date.now() / 1_000) * 1_000).toISOString(),
    ...(next !== undefined && { new: next }),
    ...(old !== undefined && { old }),
  };
};
