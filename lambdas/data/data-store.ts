import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { backOff, database as client, maxAttempts, type SendOptions, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { storeError } from '../runtime/store-errors.ts';
import { fromStored, recordOf, storedNames, toStored } from './stored-form.ts';

/** A stored record or constraint: attributes by name. */
export type Item = Readonly<Record<string, unknown>>;
export type Key = Readonly<Record<string, string>>;

/** Names and values of the placeholders of a request's expressions. */
interface ExpressionParameters {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** One conditional write of one item; `check` writes nothing, and only has to hold in a transaction. */
export type Write = { readonly table: string; readonly condition?: string; readonly parameters?: ExpressionParameters } & (
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'update'; readonly key: Key; readonly expression: string }
  | { readonly kind: 'delete'; readonly key: Key }
  | { readonly kind: 'check'; readonly key: Key }
);

/** How a commit ended. `failed` names the writes whose condition did not hold, with the items that were there. */
export type CommitResult =
  | { readonly ok: true; readonly item?: Item }
  | { readonly ok: false; readonly failed: readonly { readonly index: number; readonly item?: Item }[] };

/** What reads cost: requests, and read units as the database reports them. */
export interface ReadCost {
  requests: number;
  readUnits: number;
}

/** One page of a Query. */
export interface QueryInput {
  readonly table: string;
  readonly index: string;
  readonly condition: string;
  readonly filter?: string;
  readonly parameters: ExpressionParameters;
  readonly startKey?: Item;
  readonly descending: boolean;
  readonly limit?: number;
  readonly countOnly?: boolean;
  readonly cost?: ReadCost;
}
export interface QueryOutput {
  readonly items: readonly Item[];
  readonly count: number;
  /** Entries that were read, whether or not they passed the filter. */
  readonly scanned: number;
  readonly lastKey?: Item;
}

const constraintsTableName = process.env[variables.constraintsTable];
if (constraintsTableName !== undefined) {
  // Opens the connection while the function starts. A failure shows at the first request, with its own answer.
  client.send(new GetCommand({ TableName: constraintsTableName, Key: { pk: 'warm' } })).catch(() => undefined);
}

/** Costs are reported only to those who ask. */
const costQuery = (cost: ReadCost | undefined) => (cost === undefined ? {} : { ReturnConsumedCapacity: 'TOTAL' as const });

const addCost = (cost: ReadCost | undefined, units: number | undefined): void => {
  if (cost === undefined) return;
  cost.requests += 1;
  cost.readUnits += units ?? 0;
};

/** Reads one item. Eventually consistent costs half. */
export const readItem = async (table: string, key: Key, consistent: boolean, cost?: ReadCost): Promise<Item | undefined> => {
  const command = new GetCommand({ TableName: table, Key: key, ConsistentRead: consistent, ...costQuery(cost) });
  const output = await withDeadline((options) => client.send(command, options));
  addCost(cost, output.ConsumedCapacity?.CapacityUnits);
  return output.Item && recordOf(table, output.Item);
};

/** What BatchGetItem takes in one request. */
const maxBatchKeys = 100;

type BatchKeys = NonNullable<BatchGetCommandOutput['UnprocessedKeys']>;

const readBatch = async (requests: BatchKeys, collect: (table: string, items: readonly Item[]) => void): Promise<void> => {
  let pending: BatchKeys = requests;
  for (let attempt = 0; Object.keys(pending).length > 0; attempt += 1) {
    if (attempt === maxAttempts) throw storeError(Object.assign(new Error('keys stay unprocessed'), { name: 'ThrottlingException' }));
    if (attempt > 0) await backOff(attempt);
    const current = pending;
    const output = await withDeadline((options) => client.send(new BatchGetCommand({ RequestItems: current }), options));
    for (const [table, items] of Object.entries(output.Responses ?? {})) {
      collect(
        table,
        items.map((item) => recordOf(table, item)),
      );
    }
    pending = output.UnprocessedKeys ?? {};
  }
};

/** Reads items by their ids, each once, out of all tables in as few requests as there can be. Ids without an item are left out. */
export const readItems = async (wanted: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, readonly Item[]>> => {
  const found = new Map<string, Item[]>();
  const keys = [...wanted].flatMap(([table, ids]) => ids.map((id) => ({ table, id })));
  for (let start = 0; start < keys.length; start += maxBatchKeys) {
    const requests: Record<string, { Keys: Key[] }> = {};
    for (const { table, id } of keys.slice(start, start + maxBatchKeys)) {
      requests[table] ??= { Keys: [] };
      requests[table].Keys.push({ id });
    }
    await readBatch(requests, (table, items) => found.set(table, [...(found.get(table) ?? []), ...items]));
  }
  return found;
};

/** Where an item is. */
export interface Place {
  readonly table: string;
  readonly key: Key;
}

/** Names an item by its table and its key of one attribute. */
export const placeName = ({ table, key }: Place): string => `${table} ${Object.values(key)[0]}`;

/** Reads items of any tables, each place once, in as few requests as there can be. Gives them in the order of the places. */
export const readPlaces = async (places: readonly Place[], consistent: boolean): Promise<readonly (Item | undefined)[]> => {
  const found = new Map<string, Item>();
  for (let start = 0; start < places.length; start += maxBatchKeys) {
    const byTable = Map.groupBy(places.slice(start, start + maxBatchKeys), ({ table }) => table);
    const requests = [...byTable].map(([table, own]) => [table, { Keys: own.map(({ key }) => key), ConsistentRead: consistent }] as const);
    await readBatch(Object.fromEntries(requests), (table, items) => {
      const [attribute = ''] = Object.keys(byTable.get(table)?.[0]?.key ?? {});
      for (const item of items) found.set(placeName({ table, key: { [attribute]: String(item[attribute]) } }), item);
    });
  }
  return places.map((place) => found.get(placeName(place)));
};

/** Expressions name fields; what is sent names attributes. */
const storedParameters = (table: string, { ExpressionAttributeNames: names, ...rest }: ExpressionParameters = {}): ExpressionParameters =>
  names === undefined ? rest : { ...rest, ExpressionAttributeNames: storedNames(table, names) };

/** Reads one page of an index. */
export const queryItems = async (input: QueryInput): Promise<QueryOutput> => {
  const command = new QueryCommand({
    TableName: input.table,
    IndexName: input.index,
    KeyConditionExpression: input.condition,
    FilterExpression: input.filter,
    ...storedParameters(input.table, input.parameters),
    ExclusiveStartKey: input.startKey && toStored(input.table, input.startKey),
    ScanIndexForward: !input.descending,
    Limit: input.limit,
    ...(input.countOnly && { Select: 'COUNT' as const }),
    ...costQuery(input.cost),
  });
  const output = await withDeadline((options) => client.send(command, options));
  addCost(input.cost, output.ConsumedCapacity?.CapacityUnits);
  return {
    items: (output.Items ?? []).map((item) => recordOf(input.table, item)),
    count: output.Count ?? 0,
    scanned: output.ScannedCount ?? 0,
    ...(output.LastEvaluatedKey && { lastKey: fromStored(input.table, output.LastEvaluatedKey) }),
  };
};

const writeParameters = (write: Write) => ({
  TableName: write.table,
  ...(write.kind === 'put' ? { Item: toStored(write.table, write.item) } : { Key: write.key }),
  ConditionExpression: write.condition,
  ...storedParameters(write.table, write.parameters),
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

const sendOne = async (write: Write, options: SendOptions): Promise<Item | undefined> => {
  const parameters = writeParameters(write);
  if (write.kind === 'put') {
    await client.send(new PutCommand({ ...parameters, Item: toStored(write.table, write.item) }), options);
    return write.item;
  }
  if (write.kind === 'delete') {
    await client.send(new DeleteCommand({ ...parameters, Key: write.key }), options);
    return undefined;
  }
  if (write.kind === 'check') throw new Error('a check is part of a transaction, never alone');
  const update = { ...parameters, Key: write.key, UpdateExpression: write.expression, ReturnValues: 'ALL_NEW' as const };
  const { Attributes: item } = await client.send(new UpdateCommand(update), options);
  return item && recordOf(write.table, item);
};

const transactItem = (write: Write) => {
  const parameters = writeParameters(write);
  if (write.kind === 'put') return { Put: { ...parameters, Item: toStored(write.table, write.item) } };
  if (write.kind === 'delete') return { Delete: { ...parameters, Key: write.key } };
  if (write.kind === 'check') return { ConditionCheck: { ...parameters, Key: write.key, ConditionExpression: write.condition } };
  return { Update: { ...parameters, Key: write.key, UpdateExpression: write.expression } };
};

const sendAll = async (writes: readonly Write[], options: SendOptions): Promise<Item | undefined> => {
  const [only] = writes;
  if (writes.length === 1 && only !== undefined && only.kind !== 'check') return sendOne(only, options);
  await client.send(new TransactWriteCommand({ TransactItems: writes.map(transactItem) }), options);
  return undefined;
};

const asRecord = (table: string, { index, item }: { readonly index: number; readonly item?: Item }) =>
  item === undefined ? { index } : { index, item: recordOf(table, item) };

/**
 * Does all of the writes or none: a single write as one conditional request, several as a transaction.
 * A collision with another transaction is tried again a few times.
 *
 * @returns the new item of a single write, or which conditions failed
 * @throws ApiError `unavailable`, `timeout`, `item_too_large`, `write_conflict`
 */
export const commit = async (writes: readonly Write[]): Promise<CommitResult> => {
  const outcome = await sendWrite((options) => sendAll(writes, options));
  if (!outcome.ok) return { ok: false, failed: outcome.failed.map((each) => asRecord(writes[each.index]?.table ?? '', each)) };
  return outcome.output === undefined ? { ok: true } : { ok: true, item: outcome.output };
};
