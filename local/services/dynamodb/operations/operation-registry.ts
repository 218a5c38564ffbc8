import { batchGetItem, batchWriteItem } from './batch-operations.ts';
import { deleteItem, getItem, putItem, updateItem } from './item-operations.ts';
import type { Operation } from './operation.ts';
import { query } from './query.ts';
import { scan } from './scan.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './stream-operations.ts';
import { createTable, deleteTable, describeTableOperation, listTables } from './table-operations.ts';
import {
  describeContinuousBackups,
  describeTimeToLive,
  listTagsOfResource,
  tagResource,
  untagResource,
  updateContinuousBackups,
  updateTimeToLive,
} from './table-settings-operations.ts';
import { transactGetItems } from './transact-get-items.ts';
import { transactWriteItems } from './transact-write-items.ts';
import { updateTable } from './update-table.ts';

/** All operations by the names of `DynamoDB_20120810` and `DynamoDBStreams_20120810`, which do not overlap. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    BatchGetItem: batchGetItem,
    BatchWriteItem: batchWriteItem,
    CreateTable: createTable,
    DeleteItem: deleteItem,
    DeleteTable: deleteTable,
    DescribeContinuousBackups: describeContinuousBackups,
    DescribeStream: describeStream,
    DescribeTable: describeTableOperation,
    DescribeTimeToLive: describeTimeToLive,
    GetItem: getItem,
    GetRecords: getRecords,
    GetShardIterator: getShardIterator,
    ListStreams: listStreams,
    ListTables: listTables,
    ListTagsOfResource: listTagsOfResource,
    PutItem: putItem,
    Query: query,
    Scan: scan,
    TagResource: tagResource,
    TransactGetItems: transactGetItems,
    TransactWriteItems: transactWriteItems,
    UntagResource: untagResource,
    UpdateContinuousBackups: updateContinuousBackups,
    UpdateItem: updateItem,
    UpdateTable: updateTable,
    UpdateTimeToLive: updateTimeToLive,
  } as unknown as Record<string, Operation>),
);
