import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type DeviceItem, pushKeys, type UserItem } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { cursorKeyBytes, cursorKeyId } from '../runtime/sealed-cursor.ts';

const TableName = requiredVariable(variables.pushTable);

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What must hold of an item for a write. An attribute that must equal `undefined` must not be there. */
export interface Condition {
  readonly exists?: boolean;
  readonly equals?: Readonly<Record<string, unknown>>;
  /** Holds also for an item whose time to live is over by then, in seconds since the epoch. */
  readonly orExpiredAt?: number;
}

/** One write; several are done as one transaction. */
export type Write = { readonly key: Key; readonly when?: Condition } & (
  | { readonly kind: 'put'; readonly item: object }
  | { readonly kind: 'update'; readonly set?: object; readonly remove?: readonly string[]; readonly add?: Readonly<Record<string, number>> }
  | { readonly kind: 'delete' }
  | { readonly kind: 'check' }
);

/** Which writes were refused by their conditions, with what was there. */
export type Refused = ReadonlyMap<number, Readonly<Record<string, unknown>> | undefined>;

/** Names and values of one request's expressions. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  name(attribute: string): string {
    const placeholder = `#n${Object.keys(this.names).length}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  /** DynamoDB refuses empty ones. */
  parameters() {
    return {
      ...(Object.keys(this.names).length > 0 && { ExpressionAttributeNames: this.names }),
      ...(Object.keys(this.values).length > 0 && { ExpressionAttributeValues: this.values }),
    };
  }
}

const conditionOf = ({ exists, equals = {}, orExpiredAt }: Condition, place: Placeholders): string => {
  const terms = [
    ...(exists === undefined ? [] : [`attribute_${exists ? '' : 'not_'}exists(${place.name('pk')})`]),
    ...Object.entries(equals).map(([attribute, value]) =>
      value === undefined ? `attribute_not_exists(${place.name(attribute)})` : `${place.name(attribute)} = ${place.value(value)}`,
    ),
  ];
  const all = terms.join(' AND ');
  return orExpiredAt === undefined ? all : `(${all}) OR ${place.name('expiresAt')} < ${place.value(orExpiredAt)}`;
};

const updateOf = ({ set = {}, remove = [], add = {} }: Extract<Write, { kind: 'update' }>, place: Placeholders): string => {
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const clauses = [
    ['SET', given.map(([name, value]) => `${place.name(name)} = ${place.value(value)}`)],
    ['REMOVE', remove.map((name) => place.name(name))],
    ['ADD', Object.entries(add).map(([name, value]) => `${place.name(name)} ${place.value(value)}`)],
  ] as const;
  return clauses
    .filter(([, parts]) => parts.length > 0)
    .map(([word, parts]) => `${word} ${parts.join(', ')}`)
    .join(' ');
};

const toRequest = (write: Write) => {
  const place = new Placeholders();
  const UpdateExpression = write.kind === 'update' ? { UpdateExpression: updateOf(write, place) } : {};
  const ConditionExpression = write.when === undefined ? {} : { ConditionExpression: conditionOf(write.when, place) };
  return {
    TableName,
    ...UpdateExpression,
    ...ConditionExpression,
    ...place.parameters(),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
};

const toTransactItem = (write: Write) => {
  const request = toRequest(write);
  const { key: Key } = write;
  if (write.kind === 'put') return { Put: { ...request, Item: { ...write.item, ...Key } } };
  if (write.kind === 'delete') return { Delete: { ...request, Key } };
  if (write.kind === 'check') return { ConditionCheck: { ...request, Key, ConditionExpression: request.ConditionExpression } };
  return { Update: { ...request, Key, UpdateExpression: request.UpdateExpression } };
};

const toCommand = (write: Write) => {
  const request = toRequest(write);
  const { key: Key } = write;
  if (write.kind === 'put') return new PutCommand({ ...request, Item: { ...write.item, ...Key } });
  if (write.kind === 'delete') return new DeleteCommand({ ...request, Key });
  return new UpdateCommand({ ...request, Key });
};

/** The most writes of one transaction ("TransactWriteItems", DynamoDB API Reference). */
export const writesPerTransaction = 100;

/**
 * Does all of the writes or none, in one request.
 *
 * @returns undefined if they were done
 * @throws ApiError `unavailable`, `timeout`, `write_conflict`
 */
export const commit = async (writes: readonly Write[]): Promise<Refused | undefined> => {
  const [only] = writes;
  const command =
    writes.length === 1 && only !== undefined && only.kind !== 'check'
      ? toCommand(only)
      : new TransactWriteCommand({ TransactItems: writes.map(toTransactItem) });
  const outcome = await sendWrite<unknown>((options) => database.send(command as TransactWriteCommand, options));
  return outcome.ok ? undefined : new Map(outcome.failed.map(({ index, item }) => [index, item]));
};

/** Reads one item as it is now. */
export const readItem = async <T>(key: Key): Promise<T | undefined> => {
  const command = new GetCommand({ TableName, Key: key, ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as T | undefined;
};

/** A device with its id. */
export interface OwnDevice extends DeviceItem {
  readonly id: string;
}

/** All that is kept of a user. */
export interface UserState {
  readonly owner: string;
  readonly preferences: UserItem;
  readonly devices: readonly OwnDevice[];
}

const devicePrefix = pushKeys.device('', '').sk;

/** Everything of a user, in one request: at most 100 devices of 3 KB or so are far from the 1 MB of a Query. */
export const readUser = async (owner: string): Promise<UserState> => {
  const { pk } = pushKeys.user(owner);
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ConsistentRead: true,
  });
  const { Items = [] } = await withDeadline((options) => database.send(command, options));
  const devices = Items.filter(({ sk }) => String(sk).startsWith(devicePrefix));
  return {
    owner,
    preferences: (Items.find(({ sk }) => sk === pushKeys.user(owner).sk) ?? {}) as UserItem,
    devices: devices.map((item) => ({ ...(item as DeviceItem), id: String(item['sk']).slice(devicePrefix.length) })),
  };
};

/** One page of a partition, by the sort key. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The key to go on after. Undefined at the end. */
  readonly last: string | undefined;
}

/** Reads one page of a partition in one request. One item more tells whether there is a next page. */
export const readPage = async <T extends { readonly sk: string }>(
  pk: string,
  { limit, after, descending }: { readonly limit: number; readonly after: string | undefined; readonly descending: boolean },
): Promise<Page<T>> => {
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
    ScanIndexForward: !descending,
    Limit: limit + 1,
  });
  const { Items = [], LastEvaluatedKey } = await withDeadline((options) => database.send(command, options));
  const items = Items.slice(0, limit) as T[];
  const hasMore = Items.length > limit || (LastEvaluatedKey !== undefined && items.length > 0);
  return { items, last: hasMore ? items.at(-1)?.sk : undefined };
};

/** The key that seals cursors; the first function to need one makes it. */
export const loadCursorKey = async (): Promise<Buffer> => {
  const key = { pk: cursorKeyId, sk: 'K' };
  const stored = await readItem<{ key: string }>(key);
  if (stored !== undefined) return Buffer.from(stored.key, 'base64');
  const made = randomBytes(cursorKeyBytes);
  const refused = await commit([{ kind: 'put', key, item: { key: made.toString('base64') }, when: { exists: false } }]);
  return refused === undefined ? made : Buffer.from(String(refused.get(0)?.['key']), 'base64');
};
