import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, DescribeTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ChildBackend } from './child-backend.ts';

type Item = Readonly<Record<string, unknown>>;
type Images = Map<string, Item>;

/** Where the stream of a table was read to, and the items that its records make. */
interface Replay {
  after: string | undefined;
  readonly items: Images;
}

/** What a backend has stored, read past the API: records, indexes, constraints and streams. */
export interface StoredState {
  /** By model. */
  readonly records: Readonly<Record<'Item' | 'Named', readonly Item[]>>;
  /** Unique values, by value; and replies, by `Idempotency-Key`. */
  readonly uniques: ReadonlyMap<string, string>;
  readonly keys: ReadonlySet<string>;
  /** Contradictions between a table, its indexes, its stream and its counter. */
  readonly faults: readonly string[];
}

const plain = (item: Record<string, unknown>): Item => unmarshall(item as Record<string, AttributeValue>);
const byId = (items: readonly Item[]): Images => new Map(items.map((item) => [String(item['id']), item]));

/** Reads what is stored, again and again over the restarts of a backend on one folder. */
export class StateReader {
  readonly #replays = new Map<string, Replay>();

  async read(backend: ChildBackend): Promise<StoredState> {
    const { endpointUrl: endpoint, region, credentials } = backend.announced;
    const tables = (await backend.dump())['dynamodb'] as Record<string, Record<string, unknown>[]>;
    const named = (part: string): [table: string, items: readonly Item[]] => {
      const found = Object.entries(tables).find(([name]) => name.includes(part));
      if (found === undefined) throw new Error(`no table is called ${part}`);
      return [found[0], found[1].map(plain)];
    };
    const database = new DynamoDBClient({ endpoint, region, credentials });
    const streams = new DynamoDBStreamsClient({ endpoint, region, credentials });
    const faults: string[] = [];
    try {
      for (const model of ['ItemTable', 'NamedTable']) {
        const [table, items] = named(model);
        faults.push(...(await indexFaults(database, table, items)), ...(await this.#streamFaults({ database, streams, table, items })));
      }
    } finally {
      database.destroy();
      streams.destroy();
    }
    const constraints = named('Constraints')[1];
    return {
      records: { Item: named('ItemTable')[1], Named: named('NamedTable')[1] },
      uniques: new Map(keyed(constraints, /^U#Named#name#=(.*)$/).map(([value, { id }]) => [value, String(id)])),
      keys: new Set(keyed(constraints, /^I#[^#]+#(.*)$/).map(([key]) => key)),
      faults,
    };
  }

  /** Goes on to replay the table's stream, which must lead to the items that are there. */
  async #streamFaults(place: { database: DynamoDBClient; streams: DynamoDBStreamsClient; table: string; items: readonly Item[] }) {
    const { database, streams, table, items } = place;
    const described = await database.send(new DescribeTableCommand({ TableName: table }));
    const StreamArn = described.Table?.LatestStreamArn ?? '';
    const replay: Replay = this.#replays.get(table) ?? { after: undefined, items: new Map() };
    this.#replays.set(table, replay);
    const faults: string[] = [];
    for (const record of await newRecords(streams, StreamArn, replay.after)) {
      replay.after = record.dynamodb?.SequenceNumber;
      faults.push(...applyRecord(replay.items, record).map((fault) => `${table}: ${fault}`));
    }
    if (!isDeepStrictEqual(replay.items, byId(items))) faults.push(`${table}: its stream does not lead to its items`);
    if (described.Table?.ItemCount !== items.length)
      faults.push(`${table} counts ${described.Table?.ItemCount} items and has ${items.length}`);
    return faults;
  }
}

const keyed = (items: readonly Item[], pattern: RegExp): [key: string, item: Item][] =>
  items.flatMap((item): [string, Item][] => {
    const key = pattern.exec(String(item['pk']))?.[1];
    return key === undefined ? [] : [[key, item]];
  });

async function indexFaults(client: DynamoDBClient, TableName: string, items: readonly Item[]): Promise<string[]> {
  const entries: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName, IndexName: 'byGroup' })) entries.push(...(page.Items ?? []).map(plain));
  const isSame = entries.length === items.length && isDeepStrictEqual(byId(entries), byId(items));
  return isSame ? [] : [`${TableName}: its index does not hold its items`];
}

async function newRecords(client: DynamoDBStreamsClient, StreamArn: string, after: string | undefined): Promise<StreamRecord[]> {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const start =
    after === undefined
      ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after };
  let { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...start }));
  const records: StreamRecord[] = [];
  for (;;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    if (page.Records === undefined || page.Records.length === 0) return records;
    records.push(...page.Records);
    ShardIterator = page.NextShardIterator;
  }
}

function applyRecord(items: Images, { dynamodb }: StreamRecord): string[] {
  const id = dynamodb?.Keys?.['id']?.S ?? '';
  const image = (value: Record<string, unknown> | undefined): Item | undefined => value && plain(value);
  const before = image(dynamodb?.OldImage as Record<string, unknown> | undefined);
  const after = image(dynamodb?.NewImage as Record<string, unknown> | undefined);
  const isNext = isDeepStrictEqual(before, items.get(id));
  if (after === undefined) items.delete(id);
  else items.set(id, after);
  return isNext ? [] : [`the stream record ${dynamodb?.SequenceNumber} does not follow on the one before`];
}
