import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { StreamEventRecord } from '../../../local/services/dynamodb/streams/stream-record.ts';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

const STREAM = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000';
let folder: string;
let server: DynamodbServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
  server = await startDynamodb({ folder, resources: [notesTable()] });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const put = (id: string) => server.client.send(new PutItemCommand({ TableName: TABLE, Item: note(id) }));
const idOf = (record: StreamEventRecord) => (record.dynamodb.Keys['id'] as { S: string }).S;

/** Collects records until there are so many. */
function collect(count: number, options: { from: 'TRIM_HORIZON' | 'LATEST'; after?: string }): Promise<StreamEventRecord[]> {
  const collected: StreamEventRecord[] = [];
  return new Promise((resolve) => {
    const stop = server.service.followStream(STREAM, options, (records) => {
      collected.push(...records);
      if (collected.length < count) return;
      stop();
      resolve(collected);
    });
  });
}

async function shardIterator(type: 'TRIM_HORIZON' | 'LATEST' | 'AFTER_SEQUENCE_NUMBER', SequenceNumber?: string): Promise<string> {
  const { StreamDescription } = await server.streams.send(new DescribeStreamCommand({ StreamArn: STREAM }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await server.streams.send(
    new GetShardIteratorCommand({ StreamArn: STREAM, ShardId, ShardIteratorType: type, SequenceNumber }),
  );
  return ShardIterator as string;
}

describe('DynamodbService.followStream', () => {
  it('refuses a stream that is not there', () => {
    expect(() => server.service.followStream(`${STREAM}x`, { from: 'LATEST' }, () => {})).toThrow('Requested resource not found');
  });

  it('hands over records in the shape of a Lambda event', async () => {
    await put('1');
    const [record] = await collect(1, { from: 'TRIM_HORIZON' });
    expect(record).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      eventSourceARN: STREAM,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: '1' } },
        NewImage: note('1'),
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: 18,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  it('begins at the beginning, at now, or behind a sequence number', async () => {
    await put('1');
    await put('2');
    const latest = collect(1, { from: 'LATEST' });
    await put('3');
    const all = await collect(3, { from: 'TRIM_HORIZON' });
    expect(all.map(idOf)).toEqual(['1', '2', '3']);
    expect((await latest).map(idOf)).toEqual(['3']);
    const rest = await collect(2, { from: 'LATEST', after: all[0]?.dynamodb.SequenceNumber as string });
    expect(rest.map(idOf)).toEqual(['2', '3']);
  });

  it('keeps the order of commits when many write at the same time, and skips none', async () => {
    const collecting = collect(200, { from: 'LATEST' });
    await Promise.all(Array.from({ length: 200 }, (_, n) => put(String(n))));
    const records = await collecting;
    expect(new Set(records.map(idOf)).size).toBe(200);
    const numbers = records.map((record) => record.dynamodb.SequenceNumber);
    expect(numbers).toEqual(numbers.toSorted());
  });

  it('waits for the listener, and repeats a call that failed', async () => {
    await put('1');
    const calls: string[][] = [];
    await new Promise<void>((resolve) => {
      const stop = server.service.followStream(STREAM, { from: 'TRIM_HORIZON' }, async (records) => {
        calls.push(records.map(idOf));
        await delay(10);
        if (calls.length === 1) throw new Error('first call fails');
        stop();
        resolve();
      });
    });
    expect(calls).toEqual([['1'], ['1']]);
  });

  it('goes on behind a sequence number after a restart', async () => {
    await put('1');
    const [first] = await collect(1, { from: 'TRIM_HORIZON' });
    await put('2');
    await server.close();
    server = await startDynamodb({ folder, resources: [notesTable()] });
    await put('3');
    const rest = await collect(2, { from: 'TRIM_HORIZON', after: first?.dynamodb.SequenceNumber as string });
    expect(rest.map(idOf)).toEqual(['2', '3']);
  });
});

describe('dynamodb streams', () => {
  it('keeps records for 24 hours', async () => {
    await put('1');
    const [first] = await collect(1, { from: 'TRIM_HORIZON' });
    server.clock.advance(23 * 3_600_000);
    await put('2');
    server.clock.advance(2 * 3_600_000);
    await server.service.sweep();
    const { Records = [] } = await server.streams.send(new GetRecordsCommand({ ShardIterator: await shardIterator('TRIM_HORIZON') }));
    expect(Records.map((record) => record.dynamodb?.Keys?.['id']?.S)).toEqual(['2']);
    const tooOld = String(BigInt(first?.dynamodb.SequenceNumber as string) - 1n);
    await expect(shardIterator('AFTER_SEQUENCE_NUMBER', tooOld)).rejects.toMatchObject({ name: 'TrimmedDataAccessException' });
  });

  it('lets an iterator expire after 15 minutes', async () => {
    const ShardIterator = await shardIterator('LATEST');
    server.clock.advance(16 * 60_000);
    await expect(server.streams.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
  });

  it('records no write that changes nothing', async () => {
    await put('1');
    await put('1');
    await server.client.send(new DeleteItemCommand({ TableName: TABLE, Key: { id: { S: 'none' } } }));
    const { Records } = await server.streams.send(new GetRecordsCommand({ ShardIterator: await shardIterator('TRIM_HORIZON') }));
    expect(Records).toHaveLength(1);
  });
});
