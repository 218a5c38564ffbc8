import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { filesTable, type StoredFile } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, type SendOptions, sendWrite, type WriteOutcome, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

/** The table of files, of usage, of reminders and of the keys of requests. */
export const table = requiredVariable(variables.filesTable);

// Opens the connection while the function starts. A failure shows at the first request, with its own answer.
database.send(new GetCommand({ TableName: table, Key: { id: 'warm' } })).catch(() => undefined);

/** An item of the table. */
export type Item = Readonly<Record<string, unknown>>;
/** One conditional write. A transaction does all of its writes or none. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Reads one item. Eventually consistent costs half. */
export const readItem = async (id: string, consistent: boolean): Promise<Item | undefined> => {
  const command = new GetCommand({ TableName: table, Key: { [filesTable.partitionKey]: id }, ConsistentRead: consistent });
  const { Item: item } = await withDeadline((options) => database.send(command, options));
  return item;
};

/** Reads a file. */
export const readFileRow = async (id: string, consistent: boolean): Promise<StoredFile | undefined> =>
  (await readItem(id, consistent)) as StoredFile | undefined;

/** Reads two items in one request. */
export const readTwo = async (ids: readonly [string, string]): Promise<readonly (Item | undefined)[]> => {
  const keys = ids.map((id) => ({ [filesTable.partitionKey]: id }));
  const command = new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } });
  const { Responses: responses, UnprocessedKeys: missing = {} } = await withDeadline((options) => database.send(command, options));
  const found = responses?.[table] ?? [];
  const isMissing = (id: string) => missing[table]?.Keys?.some((key) => key[filesTable.partitionKey] === id) ?? false;
  // One answer holds 16 MB; an item is left out only when DynamoDB has too much to do.
  return Promise.all(ids.map((id) => (isMissing(id) ? readItem(id, true) : found.find((item) => item[filesTable.partitionKey] === id))));
};

const sendOne = async ({ Put: put, Update: update, Delete: remove }: Write, options: SendOptions): Promise<Item | undefined> => {
  if (put !== undefined) await database.send(new PutCommand(put), options);
  else if (remove !== undefined) await database.send(new DeleteCommand(remove), options);
  else if (update !== undefined)
    return (await database.send(new UpdateCommand({ ...update, ReturnValues: 'ALL_NEW' }), options)).Attributes;
  return undefined;
};

/**
 * Does all of the writes or none: a single one as one conditional request, several as a transaction.
 *
 * @returns the new item of a single update
 * @throws ApiError `unavailable`, `timeout`, `write_conflict`
 */
export const commit = (writes: readonly Write[]): Promise<WriteOutcome<Item | undefined>> => {
  const [only] = writes;
  if (writes.length === 1 && only !== undefined) return sendWrite((options) => sendOne(only, options));
  return sendWrite(async (options) => {
    await database.send(new TransactWriteCommand({ TransactItems: [...writes] }), options);
    return undefined;
  });
};

/** One page of an index. */
export interface FileQuery {
  readonly index: typeof filesTable.byPlace | typeof filesTable.byOwner;
  readonly partition: string;
  readonly descending: boolean;
  readonly limit: number;
  /** The last file of the page before. */
  readonly after: string | undefined;
  /** What must be equal beside the keys. */
  readonly equal: Readonly<Record<string, string>>;
  readonly nowSeconds: number;
}

/** What a Query gave. */
export interface FilePage {
  readonly files: readonly StoredFile[];
  /** Entries that were read, whether or not they are in the page. */
  readonly scanned: number;
  /** The last file that was read; undefined at the end of the index. */
  readonly last: string | undefined;
}

/** Reads one page. Files whose time is over are left out: DynamoDB deletes them late. */
export const queryFiles = async (query: FileQuery): Promise<FilePage> => {
  const { index, partition, descending, limit, after, nowSeconds } = query;
  const equal = Object.entries(query.equal);
  const command = new QueryCommand({
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: '#partition = :partition',
    FilterExpression: [
      '(attribute_not_exists(#expires) OR #expires > :now)',
      ...equal.map((_entry, position) => `#e${position} = :e${position}`),
    ].join(' AND '),
    ExpressionAttributeNames: {
      '#partition': index.partition,
      '#expires': filesTable.timeToLive,
      ...Object.fromEntries(equal.map(([name], position) => [`#e${position}`, name])),
    },
    ExpressionAttributeValues: {
      ':partition': partition,
      ':now': nowSeconds,
      ...Object.fromEntries(equal.map(([, value], position) => [`:e${position}`, value])),
    },
    ScanIndexForward: !descending,
    Limit: limit,
    ...(after !== undefined && { ExclusiveStartKey: { [index.partition]: partition, [index.sort]: after } }),
  });
  const output = await withDeadline((options) => database.send(command, options));
  return {
    files: (output.Items ?? []) as StoredFile[],
    scanned: output.ScannedCount ?? 0,
    last: output.LastEvaluatedKey?.[filesTable.partitionKey] as string | undefined,
  };
};
