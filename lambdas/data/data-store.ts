import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { cancellationsOf, isConflict, storeError, unmarshallOptions } from './store-errors.ts';

/** A stored record or constraint: attributes by name. */
export type Item = Readonly<Record<string, unknown>>;
export type Key = Readonly<Record<string, string>>;

/** Names and values of the placeholders of a request's expressions. */
interface ExpressionParameters {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** One conditional write of one item. */
export type Write = { readonly table: string; readonly condition?: string; readonly parameters?: ExpressionParameters } & (
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'update'; readonly key: Key; readonly expression: string }
  | { readonly kind: 'delete'; readonly key: Key }
);

/** How a commit ended. `failed` names the writes whose condition did not hold, with the items that were there. */
export type CommitResult =
  | { readonly ok: true; readonly item?: Item }
  | { readonly ok: false; readonly failed: readonly { readonly index: number; readonly item?: Item }[] };

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
}
export interface QueryOutput {
  readonly items: readonly Item[];
  readonly count: number;
  /** Entries that were read, whether or not they passed the filter. */
  readonly scanned: number;
  readonly lastKey?: Item;
}

/** One call, with its retries, ends so long before the function's own limit (15 s) that the caller gets an answer. */
const callDeadlineMs = 8_000;
const attemptTimeoutMs = 2_500;
/** The SDK waits up to 1, 2 and 4 s between throttled attempts, so that all of them fit in before the deadline. */
const maxAttempts = 4;
/** How often writes that met another transaction are tried again. */
const maxConflictRetries = 6;

const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: attemptTimeoutMs, throwOnRequestTimeout: true },
  }),
  {
    marshallOptions: { removeUndefinedValues: true, allowImpreciseNumbers: true },
    // A copy: the client adds options of its own to it.
    unmarshallOptions: { ...unmarshallOptions },
  },
);

/** Sends one call with a deadline and turns what goes wrong into answers for the caller. */
const withDeadline = async <T>(send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> => {
  try {
    return await send({ abortSignal: AbortSignal.timeout(callDeadlineMs) });
  } catch (error) {
    throw storeError(error);
  }
};

const constraintsTableName = process.env[variables.constraintsTable];
if (constraintsTableName !== undefined) {
  // Opens the connection while the function starts. A failure shows at the first request, with its own answer.
  client.send(new GetCommand({ TableName: constraintsTableName, Key: { pk: 'warm' } })).catch(() => undefined);
}

/** Reads one item. Eventually consistent costs half. */
export const readItem = async (table: string, key: Key, consistent: boolean): Promise<Item | undefined> => {
  const output = await withDeadline((options) =>
    client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: consistent }), options),
  );
  return output.Item;
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
    for (const [table, items] of Object.entries(output.Responses ?? {})) collect(table, items);
    pending = output.UnprocessedKeys ?? {};
  }
};

/** Reads items of one table by their ids, each once, in any order; ids without an item are left out. */
export const readItems = async (table: string, ids: readonly string[], consistent: boolean): Promise<readonly Item[]> => {
  const found: Item[] = [];
  for (let start = 0; start < ids.length; start += maxBatchKeys) {
    const keys = ids.slice(start, start + maxBatchKeys).map((id) => ({ id }));
    await readBatch({ [table]: { Keys: keys, ConsistentRead: consistent } }, (_table, items) => found.push(...items));
  }
  return found;
};

/** Reads two items of two tables in one request. */
export const readPair = async (
  first: { table: string; key: Key },
  second: { table: string; key: Key },
): Promise<readonly [Item | undefined, Item | undefined]> => {
  const found = new Map<string, Item>();
  const requests: BatchKeys = {
    [first.table]: { Keys: [first.key], ConsistentRead: true },
    [second.table]: { Keys: [second.key], ConsistentRead: true },
  };
  await readBatch(requests, (table, items) => items[0] !== undefined && found.set(table, items[0]));
  return [found.get(first.table), found.get(second.table)];
};

/** Reads one page of an index. */
export const queryItems = async (input: QueryInput): Promise<QueryOutput> => {
  const command = new QueryCommand({
    TableName: input.table,
    IndexName: input.index,
    KeyConditionExpression: input.condition,
    FilterExpression: input.filter,
    ...input.parameters,
    ExclusiveStartKey: input.startKey,
    ScanIndexForward: !input.descending,
    Limit: input.limit,
    ...(input.countOnly && { Select: 'COUNT' as const }),
  });
  const output = await withDeadline((options) => client.send(command, options));
  return {
    items: output.Items ?? [],
    count: output.Count ?? 0,
    scanned: output.ScannedCount ?? 0,
    ...(output.LastEvaluatedKey && { lastKey: output.LastEvaluatedKey }),
  };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits longer each time, by chance, so that writers that met don't meet again. */
const backOff = (attempt: number): Promise<void> => pause(Math.random() * 25 * 2 ** attempt);

const writeParameters = (write: Write) => ({
  TableName: write.table,
  ...(write.kind === 'put' ? { Item: write.item } : { Key: write.key }),
  ConditionExpression: write.condition,
  ...write.parameters,
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

const sendOne = async (write: Write, options: { abortSignal: AbortSignal }): Promise<Item | undefined> => {
  const parameters = writeParameters(write);
  if (write.kind === 'put') {
    await client.send(new PutCommand({ ...parameters, Item: write.item }), options);
    return write.item;
  }
  if (write.kind === 'delete') {
    await client.send(new DeleteCommand({ ...parameters, Key: write.key }), options);
    return undefined;
  }
  const update = { ...parameters, Key: write.key, UpdateExpression: write.expression, ReturnValues: 'ALL_NEW' as const };
  return (await client.send(new UpdateCommand(update), options)).Attributes;
};

const transactItem = (write: Write) => {
  const parameters = writeParameters(write);
  if (write.kind === 'put') return { Put: { ...parameters, Item: write.item } };
  if (write.kind === 'delete') return { Delete: { ...parameters, Key: write.key } };
  return { Update: { ...parameters, Key: write.key, UpdateExpression: write.expression } };
};

const sendAll = async (writes: readonly Write[], options: { abortSignal: AbortSignal }): Promise<Item | undefined> => {
  const [only] = writes;
  if (writes.length === 1 && only !== undefined) return sendOne(only, options);
  await client.send(new TransactWriteCommand({ TransactItems: writes.map(transactItem) }), options);
  return undefined;
};

/**
 * Does all of the writes or none: a single write as one conditional request, several as a transaction.
 * A collision with another transaction is tried again a few times.
 *
 * @returns the new item of a single write, or which conditions failed
 * @throws ApiError `unavailable`, `timeout`, `item_too_large`, `write_conflict`
 */
export const commit = async (writes: readonly Write[]): Promise<CommitResult> => {
  const deadline = AbortSignal.timeout(callDeadlineMs);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const item = await sendAll(writes, { abortSignal: deadline });
      return item === undefined ? { ok: true } : { ok: true, item };
    } catch (error) {
      const failed = cancellationsOf(error);
      if (failed !== undefined) return { ok: false, failed };
      if (!isConflict(error) || attempt > maxConflictRetries) throw storeError(error);
      await backOff(attempt);
    }
  }
};
