import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { paymentsTable } from '../../contracts/payments-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { cursorKeyBytes, cursorKeyId } from '../runtime/sealed-cursor.ts';

const TableName = requiredVariable(variables.paymentsTable);

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** One item to be stored. */
export interface Write {
  readonly key: Key;
  readonly item: object;
  /** `null`: only where there is none. Else only where the attribute has the value. @default whatever is there */
  readonly when?: null | { readonly attribute: string; readonly equals: string | number };
}

/** Which writes were refused by their conditions, with what was there. */
export type Refused = ReadonlyMap<number, Readonly<Record<string, unknown>> | undefined>;

const conditionOf = ({ when }: Write) => {
  if (when === undefined) return {};
  const returned = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
  if (when === null) return { ConditionExpression: 'attribute_not_exists(pk)', ...returned };
  return {
    ConditionExpression: '#a = :v',
    ExpressionAttributeNames: { '#a': when.attribute },
    ExpressionAttributeValues: { ':v': when.equals },
    ...returned,
  };
};

const toPut = (write: Write) => ({ TableName, Item: { ...write.item, ...write.key }, ...conditionOf(write) });

/**
 * Does all of the writes or none, in one request.
 *
 * @returns undefined if they were done
 * @throws ApiError `unavailable`, `timeout`, `write_conflict`
 */
export const commit = async (writes: readonly [Write, ...Write[]]): Promise<Refused | undefined> => {
  const command =
    writes.length === 1
      ? new PutCommand(toPut(writes[0]))
      : new TransactWriteCommand({ TransactItems: writes.map((write) => ({ Put: toPut(write) })) });
  const outcome = await sendWrite<unknown>((options) => database.send(command as PutCommand, options));
  return outcome.ok ? undefined : new Map(outcome.failed.map(({ index, item }) => [index, item]));
};

/** Reads one item as it is now. */
export const readItem = async <T>(key: Key): Promise<T | undefined> => {
  const command = new GetCommand({ TableName, Key: key, ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as T | undefined;
};

/** Deletes one item, if there is one. */
export const deleteItem = async (key: Key): Promise<void> => {
  await withDeadline((options) => database.send(new DeleteCommand({ TableName, Key: key }), options));
};

/** A list of the table: an index, a partition of it, and what its sort keys begin with. */
export interface List {
  readonly index: typeof paymentsTable.byUser | typeof paymentsTable.byDay;
  readonly partition: string;
  readonly prefix: 'P#' | 'S#';
}

/** Where a page ends: the keys of its last item. */
export interface Position extends Key {
  readonly listed: string;
}

/** Reads one page, the newest first, in one request. One item more tells whether there is a next page. */
export const readPage = async <T extends Position>(
  { index, partition, prefix }: List,
  { limit, after }: { readonly limit: number; readonly after?: Position | undefined },
): Promise<{ readonly items: readonly T[]; readonly last: Position | undefined }> => {
  const command = new QueryCommand({
    TableName,
    IndexName: index.name,
    KeyConditionExpression: '#p = :p AND begins_with(#s, :s)',
    ExpressionAttributeNames: { '#p': index.partitionKey, '#s': index.sortKey },
    ExpressionAttributeValues: { ':p': partition, ':s': prefix },
    ...(after !== undefined && { ExclusiveStartKey: { ...after, [index.partitionKey]: partition } }),
    ScanIndexForward: false,
    Limit: limit + 1,
  });
  const { Items = [], LastEvaluatedKey } = await withDeadline((options) => database.send(command, options));
  const items = Items.slice(0, limit) as T[];
  const hasMore = Items.length > limit || (LastEvaluatedKey !== undefined && items.length > 0);
  const last = items.at(-1);
  return { items, last: hasMore && last !== undefined ? { pk: last.pk, sk: last.sk, listed: last.listed } : undefined };
};

/** The key that seals cursors; the first function to need one makes it. */
export const loadCursorKey = async (): Promise<Buffer> => {
  const key = { pk: cursorKeyId, sk: 'K' };
  const stored = await readItem<{ key: string }>(key);
  if (stored !== undefined) return Buffer.from(stored.key, 'base64');
  const made = randomBytes(cursorKeyBytes);
  const refused = await commit([{ key, item: { key: made.toString('base64') }, when: null }]);
  return refused === undefined ? made : Buffer.from(String(refused.get(0)?.['key']), 'base64');
};
