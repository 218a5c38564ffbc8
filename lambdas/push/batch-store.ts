import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { backOff, database, maxAttempts, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import type { Key } from './push-store.ts';

const TableName = requiredVariable(variables.pushTable);

type Stored = Readonly<Record<string, unknown>> & Key;

/** Names an item among those that were read. */
export const nameOfKey = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** BatchGetItem takes so many keys. */
const maxKeys = 100;

const readSome = async (keys: readonly Key[], found: Map<string, Stored>): Promise<void> => {
  let pending: readonly Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    if (attempt === maxAttempts) throw new Error('the database leaves keys of a batch unread');
    if (attempt > 0) await backOff(attempt);
    const command = new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [...pending], ConsistentRead: true } } });
    const output = await withDeadline((options) => database.send(command, options));
    for (const item of (output.Responses?.[TableName] ?? []) as Stored[]) found.set(nameOfKey(item), item);
    pending = output.UnprocessedKeys?.[TableName]?.Keys ?? [];
  }
};

/** Reads items as they are now, each once, in as few requests as there can be. */
export const readBatch = async (keys: readonly Key[]): Promise<ReadonlyMap<string, Stored>> => {
  const found = new Map<string, Stored>();
  const distinct = [...new Map(keys.map((key) => [nameOfKey(key), key])).values()];
  for (let start = 0; start < distinct.length; start += maxKeys) await readSome(distinct.slice(start, start + maxKeys), found);
  return found;
};
