import { compareValues } from '../runtime/predicate.ts';
import type { Item } from './data-store.ts';
import { itemBytes } from './item-size.ts';
import type { ListPlan } from './plan-list.ts';
import type { StreamQuery } from './stream-query.ts';

/** Where a stream goes on: at its beginning, behind an item, or nowhere. */
export type Position = 'start' | 'end' | Item;

/** What a list may still read. */
export interface ReadBudget {
  /** Entries of indexes. */
  entries: number;
  /** Whether there is still time to read. */
  readonly hasTime: () => boolean;
}

/** A page may not outgrow what Lambda answers (6 MB, "Lambda quotas"). */
const maxPageBytes = 4_000_000;
/** Entries a request for a stream whose filter lets only some through. */
const smallestBatch = 50;
const largestBatch = 500;

/** Reads one stream in batches and remembers how far its items were used. */
export class StreamReader {
  readonly #query: StreamQuery;
  #position: Position;
  #buffer: readonly Item[] = [];
  #used = 0;
  #lastKey: Item | undefined;
  #batch = smallestBatch;

  constructor(query: StreamQuery, position: Position) {
    this.#query = query;
    this.#position = position;
    this.#lastKey = typeof position === 'string' ? undefined : position;
  }

  get position(): Position {
    return this.#position;
  }

  get head(): Item | undefined {
    return this.#buffer[this.#used];
  }

  get isEnded(): boolean {
    return this.#position === 'end';
  }

  get needsBatch(): boolean {
    return !this.isEnded && this.head === undefined;
  }

  /** Reads the next batch. It may hold nothing that belongs to the stream. */
  async read(wanted: number, budget: ReadBudget, share: number): Promise<void> {
    const size = this.#query.isExact ? wanted : Math.max(wanted, this.#batch);
    const limit = Math.max(1, Math.min(size, Math.floor(budget.entries / share)));
    this.#batch = Math.min(this.#batch * 2, largestBatch);
    const output = await this.#query.run({ ...(this.#lastKey && { startKey: this.#lastKey }), limit });
    budget.entries -= Math.max(1, output.scanned);
    this.#buffer = output.items.filter(this.#query.accepts);
    this.#used = 0;
    this.#lastKey = output.lastKey;
    if (this.#buffer.length === 0) this.#position = output.lastKey ?? 'end';
  }

  /** Uses the head. */
  take(): Item | undefined {
    const item = this.head;
    if (item === undefined) return undefined;
    this.#used += 1;
    const isLast = this.#used === this.#buffer.length;
    this.#position = isLast ? (this.#lastKey ?? 'end') : this.#query.keyOf(item);
    return item;
  }

  /** Uses the whole batch. @returns how many items it held */
  takeBatch(): number {
    const count = this.#buffer.length - this.#used;
    this.#used = this.#buffer.length;
    this.#position = this.#lastKey ?? 'end';
    return count;
  }
}

/** Compares two items in the order of the plan. */
const comparator = ({ order, descending }: ListPlan) => {
  const sign = descending ? -1 : 1;
  return (left: Item, right: Item): number => {
    for (const field of order) {
      const result = compareValues(left[field], right[field]) ?? 0;
      if (result !== 0) return result * sign;
    }
    return 0;
  };
};

/** Streams without a common order come one after the other, so only the first of them is read. */
const activeOf = (plan: ListPlan, readers: readonly StreamReader[]): readonly StreamReader[] => {
  const active = readers.filter((reader) => !reader.isEnded);
  return plan.order.length > 0 ? active : active.slice(0, 1);
};

/** Brings every active stream to a head or to its end. False when the budget ends before. */
const fill = async (plan: ListPlan, readers: readonly StreamReader[], wanted: number, budget: ReadBudget): Promise<boolean> => {
  for (;;) {
    const lacking = activeOf(plan, readers).filter((reader) => reader.needsBatch);
    if (lacking.length === 0) return true;
    if (budget.entries <= 0 || !budget.hasTime()) return false;
    await Promise.all(lacking.map((reader) => reader.read(wanted, budget, lacking.length)));
  }
};

const firstOf = (readers: readonly StreamReader[], compare: (left: Item, right: Item) => number): StreamReader | undefined => {
  let first: StreamReader | undefined;
  for (const reader of readers) {
    if (reader.head === undefined) continue;
    if (first?.head === undefined || compare(reader.head, first.head) < 0) first = reader;
  }
  return first;
};

/**
 * The next items of a plan in its order: a merge of sorted streams. Fewer than asked for when the streams or the budget end;
 * the readers' positions tell where to go on.
 */
export const mergeStreams = async (
  plan: ListPlan,
  readers: readonly StreamReader[],
  limit: number,
  budget: ReadBudget,
): Promise<readonly Item[]> => {
  const compare = comparator(plan);
  const items: Item[] = [];
  let bytes = 0;
  while (items.length < limit && bytes < maxPageBytes) {
    if (!(await fill(plan, readers, limit - items.length, budget))) break;
    const item = firstOf(activeOf(plan, readers), compare)?.take();
    if (item === undefined) break;
    items.push(item);
    bytes += itemBytes(item);
  }
  return items;
};
