import { dynamodbError } from '../dynamodb-errors.ts';
import { matches } from '../expressions/condition.ts';
import type { Condition } from '../expressions/expression-tree.ts';
import type { Database, StoreOperation } from '../storage/database.ts';
import type { ChangeLog } from '../streams/change-log.ts';
import type { ChangeAuthor } from '../streams/stream-record.ts';
import type { Table } from '../tables/table.ts';
import { type Item, itemsEqual } from '../values/attribute-value.ts';
import { type ItemChange, planItemChange } from './item-change.ts';

/** One write of one item, validated but for what depends on the item that is there. */
export interface WriteAction {
  readonly table: Table;
  /** The store's key of the item. */
  readonly key: string;
  readonly condition: Condition | undefined;
  readonly returnOldOnFailure: boolean;
  /** The item after the write; undefined deletes it. Throws AwsError when the update does not fit the item. */
  readonly next: (before: Item | undefined) => Item | undefined;
  /** Only the condition is checked. */
  readonly checkOnly?: boolean;
}

export interface WriteResult {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly change: ItemChange;
}

/** Decides writes and hands them to the store, each request as one change. */
export class ItemWriter {
  readonly #database: Database;
  readonly #log: ChangeLog;

  constructor(database: Database, log: ChangeLog) {
    this.#database = database;
    this.#log = log;
  }

  /** @throws AwsError `ConditionalCheckFailedException`. */
  async write(action: WriteAction, author?: ChangeAuthor): Promise<WriteResult> {
    let result: WriteResult;
    try {
      result = this.decide(action);
    } catch (error) {
      // The refusal may rest on a value that is not durable yet.
      await this.#database.flushed();
      throw error;
    }
    await this.commit([{ action, result }], [], author);
    return result;
  }

  /** What the write would do now. Nothing happens before {@link commit}, which must follow in the same tick. */
  decide(action: WriteAction): WriteResult {
    const before = this.#database.latest<Item>(action.key);
    if (action.condition !== undefined && !matches(action.condition, before ?? {})) throw conditionFailed(action, before);
    const after = action.checkOnly ? before : action.next(before);
    return { before, after, change: planItemChange(action.table, action.key, before, after) };
  }

  /** Resolves when all of it is durable, with its index entries and stream records. */
  async commit(
    writes: readonly { action: WriteAction; result: WriteResult }[],
    extra: readonly StoreOperation[] = [],
    author?: ChangeAuthor,
  ): Promise<void> {
    const operations: StoreOperation[] = [...extra];
    const increments: [string, number][] = [];
    const told = new Set<string>();
    for (const { action, result } of writes) {
      if (action.checkOnly) continue;
      const { change, before, after } = result;
      operations.push(...change.operations);
      increments.push(...change.increments);
      const records = isChange(before, after) ? this.#log.append(action.table, { before, after }, author) : [];
      operations.push(...records);
      if (records.length > 0) told.add(action.table.stored.id);
    }
    if (operations.length === 0) {
      await this.#database.flushed();
      return;
    }
    await this.#database.commit({ operations, increments });
    this.#log.announce(told);
  }
}

function isChange(before: Item | undefined, after: Item | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return !itemsEqual(before, after);
}

function conditionFailed(action: WriteAction, before: Item | undefined): Error {
  const members = action.returnOldOnFailure && before !== undefined ? { Item: before } : {};
  return dynamodbError('ConditionalCheckFailedException', 'The conditional request failed', members);
}
