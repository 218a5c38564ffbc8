import type { Database, KeyRange } from '../storage/database.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';

/** Bytes that one Query or Scan evaluates. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_PAGE_BYTES = 1_048_576;

/** What one Query or Scan evaluated, before its filter. */
export interface Page {
  readonly items: Item[];
  /** Bytes of the evaluated entries. */
  readonly bytes: number;
  /** Undefined when the range is exhausted. */
  readonly last: Item | undefined;
}

/** Reads entries until the limit, 1 MB, or the end of the range. */
export async function readPage(database: Database, range: KeyRange, limit = Number.POSITIVE_INFINITY): Promise<Page> {
  const items: Item[] = [];
  let bytes = 0;
  // One more than the limit would tell whether there is a next page; AWS does not look either.
  for await (const [, item] of database.entries<Item>(Number.isFinite(limit) ? { ...range, limit } : range)) {
    items.push(item);
    bytes += itemSize(item);
    if (items.length >= limit || bytes >= MAX_PAGE_BYTES) return { items, bytes, last: item };
  }
  return { items, bytes, last: undefined };
}
