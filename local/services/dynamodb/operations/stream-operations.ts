import { dynamodbError, validationError } from '../dynamodb-errors.ts';
import { decodeIterator, encodeIterator } from '../streams/shard-iterator.ts';
import { apiRecord } from '../streams/stream-record.ts';
import { describeKeySchema } from '../tables/describe-table.ts';
import type { Table } from '../tables/table.ts';
import type { StoredStream } from '../tables/table-definition.ts';
import { itemSize } from '../values/item-size.ts';
import { type Engine, type Grant, type Operation, optional } from './operation.ts';

interface ListStreamsInput {
  readonly TableName?: string;
  readonly Limit?: number;
  readonly ExclusiveStartStreamArn?: string;
}

interface ShardIteratorInput {
  readonly StreamArn: string;
  readonly ShardId: string;
  readonly ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';
  readonly SequenceNumber?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
const MAX_RECORDS = 1_000;
const MAX_RECORD_BYTES = 1_048_576;
const ARN = { type: 'String', notNull: true, lengthGreaterThanOrEqual: 37, lengthLessThanOrEqual: 1_024 };
/** The oldest sequence number that there can be. */
const FIRST_SEQUENCE = '100000000000000000000';

export const listStreams: Operation<ListStreamsInput> = {
  types: {
    TableName: { type: 'String', regex: '[a-zA-Z0-9_.-]+', lengthGreaterThanOrEqual: 3, lengthLessThanOrEqual: 255 },
    Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: 100 },
    ExclusiveStartStreamArn: optional(ARN),
  },
  grants: () => [['dynamodb:ListStreams', '*']],
  run({ TableName, Limit = 100, ExclusiveStartStreamArn: start = '' }, engine) {
    const streams = engine.catalog
      .list()
      .filter((table) => table.stored.stream !== undefined && (TableName === undefined || table.name === TableName))
      .map((table) => ({ StreamArn: table.streamArn as string, TableName: table.name, StreamLabel: table.stored.stream?.label }))
      .filter((stream) => stream.StreamArn > start);
    const page = streams.slice(0, Limit);
    return { Streams: page, LastEvaluatedStreamArn: streams.length > Limit ? page.at(-1)?.StreamArn : undefined };
  },
};

export const describeStream: Operation<{ StreamArn: string }> = {
  types: { StreamArn: ARN, Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: 100 }, ExclusiveStartShardId: 'String' },
  grants: streamGrant('dynamodb:DescribeStream'),
  async run(input, engine) {
    const { table, stream } = streamOf(input.StreamArn, engine);
    const [first] = await engine.changes.read(table, '', 1);
    const starting = first?.sequenceNumber ?? engine.changes.trimmedUpTo(table);
    return {
      StreamDescription: {
        StreamArn: table.streamArn,
        StreamLabel: stream.label,
        StreamStatus: stream.enabled ? 'ENABLED' : 'DISABLED',
        StreamViewType: stream.viewType,
        CreationRequestDateTime: stream.createdAt / 1_000,
        TableName: table.name,
        KeySchema: describeKeySchema(table.key),
        Shards: [
          {
            ShardId: shardId(stream),
            SequenceNumberRange: {
              StartingSequenceNumber: starting === '' ? FIRST_SEQUENCE : starting,
              ...(!stream.enabled && { EndingSequenceNumber: engine.changes.latest }),
            },
          },
        ],
      },
    };
  },
};

export const getShardIterator: Operation<ShardIteratorInput> = {
  types: {
    StreamArn: ARN,
    ShardId: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 28, lengthLessThanOrEqual: 65 },
    ShardIteratorType: { type: 'String', notNull: true, enum: ['AT_SEQUENCE_NUMBER', 'LATEST', 'AFTER_SEQUENCE_NUMBER', 'TRIM_HORIZON'] },
    SequenceNumber: { type: 'String', lengthGreaterThanOrEqual: 21, lengthLessThanOrEqual: 40 },
  },
  grants: streamGrant('dynamodb:GetShardIterator'),
  run(input, engine) {
    const { table, stream } = streamOf(input.StreamArn, engine);
    if (input.ShardId !== shardId(stream))
      throw dynamodbError('ResourceNotFoundException', 'Requested resource not found: Shard does not exist');
    const after = startingPoint(input, table, engine);
    return { ShardIterator: encodeIterator({ streamArn: input.StreamArn, after, at: engine.clock.now() }) };
  },
};

export const getRecords: Operation<{ ShardIterator: string; Limit?: number }> = {
  types: {
    ShardIterator: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 2_048 },
    Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: MAX_RECORDS },
  },
  grants: ({ ShardIterator }) => [['dynamodb:GetRecords', decodeIterator(ShardIterator).streamArn]],
  async run({ ShardIterator, Limit = MAX_RECORDS }, engine) {
    const iterator = decodeIterator(ShardIterator, engine.clock.now());
    const { table, stream } = streamOf(iterator.streamArn, engine);
    if (iterator.after !== '' && iterator.after < engine.changes.trimmedUpTo(table)) throw trimmed();
    const records = await engine.changes.read(table, iterator.after, Limit);
    let bytes = 0;
    const page = records.filter(({ newImage, oldImage }, position) => {
      bytes += (newImage ? itemSize(newImage) : 0) + (oldImage ? itemSize(oldImage) : 0);
      return position === 0 || bytes <= MAX_RECORD_BYTES;
    });
    const after = page.at(-1)?.sequenceNumber ?? iterator.after;
    const closed = !stream.enabled && page.length === 0;
    return {
      Records: page.map((record) => apiRecord(record, iterator.streamArn)),
      NextShardIterator: closed ? undefined : encodeIterator({ streamArn: iterator.streamArn, after, at: engine.clock.now() }),
    };
  },
};

/** The stream's table. @throws AwsError `ResourceNotFoundException`. */
export function streamOf(streamArn: string, engine: Pick<Engine, 'catalog'>): { table: Table; stream: StoredStream } {
  const table = engine.catalog.find(streamArn);
  const stream = table?.stored.stream;
  if (table === undefined || stream === undefined || table.streamArn !== streamArn) {
    throw dynamodbError('ResourceNotFoundException', `Requested resource not found: Stream: ${streamArn} not found`);
  }
  return { table, stream };
}

function startingPoint(input: ShardIteratorInput, table: Table, engine: Engine): string {
  const { ShardIteratorType: type, SequenceNumber: sequence } = input;
  if (type === 'TRIM_HORIZON') return '';
  if (type === 'LATEST') return engine.changes.latest;
  if (sequence === undefined) throw validationError(`The sequence number is required for shard iterator type ${type}`);
  if (!/^\d+$/.test(sequence)) throw validationError(`Invalid SequenceNumber: ${sequence}`);
  const after = type === 'AFTER_SEQUENCE_NUMBER' ? sequence : String(BigInt(sequence) - 1n);
  if (after < engine.changes.trimmedUpTo(table)) throw trimmed();
  return after;
}

function trimmed(): Error {
  return dynamodbError('TrimmedDataAccessException', 'The operation attempted to read past the oldest stream record in a shard');
}

function streamGrant(action: string): (input: { StreamArn: string }) => readonly Grant[] {
  return ({ StreamArn }) => [[action, StreamArn]];
}

/** Local streams have one shard for all their life. */
function shardId(stream: StoredStream): string {
  return `shardId-${String(stream.createdAt).padStart(20, '0')}-00000001`;
}
