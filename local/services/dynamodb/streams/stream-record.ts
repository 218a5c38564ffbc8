import { hash } from 'node:crypto';
import type { Table } from '../tables/table.ts';
import type { StreamViewType } from '../tables/table-definition.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';

/** Who made a change that no client asked for. */
export interface ChangeAuthor {
  readonly type: 'Service';
  readonly principalId: 'dynamodb.amazonaws.com';
}

/** The author of the deletions of expired items. */
export const EXPIRY_AUTHOR: ChangeAuthor = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };

/** A change as the store keeps it. */
export interface StoredRecord {
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly viewType: StreamViewType;
  readonly keys: Item;
  readonly newImage?: Item;
  readonly oldImage?: Item;
  readonly author?: ChangeAuthor;
}

interface RecordBody {
  readonly ApproximateCreationDateTime: number;
  readonly Keys: Item;
  readonly NewImage?: Item;
  readonly OldImage?: Item;
  readonly SequenceNumber: string;
  readonly SizeBytes: number;
  readonly StreamViewType: StreamViewType;
}

interface RecordFrame {
  readonly eventID: string;
  readonly eventName: StoredRecord['eventName'];
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: RecordBody;
}

/** A change as Lambda receives it. */
export interface StreamEventRecord extends RecordFrame {
  readonly eventSourceARN: string;
  readonly userIdentity?: ChangeAuthor;
}

/** What the view type keeps of a change. */
export function makeRecord(
  table: Table,
  viewType: StreamViewType,
  change: { before: Item | undefined; after: Item | undefined },
): Omit<StoredRecord, 'sequenceNumber' | 'at'> {
  const { before, after } = change;
  const withNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const withOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  return {
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    viewType,
    keys: table.keyOf((after ?? before) as Item),
    ...(withNew && after && { newImage: after }),
    ...(withOld && before && { oldImage: before }),
  };
}

/** The record as `GetRecords` answers it. */
export function apiRecord(record: StoredRecord, streamArn: string): unknown {
  const { author } = record;
  return { ...frame(record, streamArn), ...(author && { userIdentity: { PrincipalId: author.principalId, Type: author.type } }) };
}

/** The record as an event source mapping hands it to Lambda. */
export function eventRecord(record: StoredRecord, streamArn: string): StreamEventRecord {
  return { ...frame(record, streamArn), eventSourceARN: streamArn, ...(record.author && { userIdentity: record.author }) };
}

function frame(record: StoredRecord, streamArn: string): RecordFrame {
  const { keys, newImage, oldImage, sequenceNumber } = record;
  return {
    eventID: hash('md5', `${streamArn}/${sequenceNumber}`),
    eventName: record.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: streamArn.split(':')[3] ?? '',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(record.at / 1_000),
      Keys: keys,
      ...(newImage && { NewImage: newImage }),
      ...(oldImage && { OldImage: oldImage }),
      SequenceNumber: sequenceNumber,
      SizeBytes: itemSize(keys) + (newImage ? itemSize(newImage) : 0) + (oldImage ? itemSize(oldImage) : 0),
      StreamViewType: record.viewType,
    },
  };
}
