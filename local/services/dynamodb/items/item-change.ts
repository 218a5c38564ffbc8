import type { StoreOperation } from '../storage/database.ts';
import type { Table, TableIndex } from '../tables/table.ts';
import { getAttribute, type Item, itemsEqual } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { writeUnits } from './capacity-units.ts';
import { expiryEntryKey } from './expiry.ts';

/** What one write does to the store, and what it costs. */
export interface ItemChange {
  readonly operations: StoreOperation[];
  readonly increments: [counter: string, by: number][];
  readonly tableUnits: number;
  /** Write units by index name; only indexes that the write touches. */
  readonly indexUnits: ReadonlyMap<string, number>;
}

interface CounterNames {
  readonly items: string;
  readonly bytes: string;
}

/** Names of the durable totals behind `DescribeTable`, of a table or one of its indexes. */
export function counterNames(table: Table, index?: TableIndex): CounterNames {
  const owner = index === undefined ? table.stored.id : `${table.stored.id}!${index.id}`;
  return { items: `${owner}!items`, bytes: `${owner}!bytes` };
}

/**
 * Plans the replacement of an item by another (either may be missing) with all its index entries.
 * An index costs a unit per KB of each entry that is written or deleted; an entry that stays as it is costs nothing.
 */
export function planItemChange(table: Table, key: string, before: Item | undefined, after: Item | undefined): ItemChange {
  const operations: StoreOperation[] = [];
  const increments: [string, number][] = [];
  const sizeBefore = before === undefined ? 0 : itemSize(before);
  const sizeAfter = after === undefined ? 0 : itemSize(after);
  if (after !== undefined) operations.push({ type: 'put', key, value: after });
  else if (before !== undefined) operations.push({ type: 'del', key });
  count(increments, counterNames(table), before, after, sizeAfter - sizeBefore);
  const indexUnits = new Map<string, number>();
  for (const index of table.indexes) {
    const entries = { before: entryOf(table, index, before), after: entryOf(table, index, after) };
    const units = planIndexChange(index, entries, { operations, increments }, counterNames(table, index));
    if (units > 0) indexUnits.set(index.name, units);
  }
  planExpiryChange(table, key, before, after, operations);
  return { operations, increments, tableUnits: writeUnits(Math.max(sizeBefore, sizeAfter)), indexUnits };
}

interface Entry {
  readonly key: string;
  readonly item: Item;
  readonly size: number;
}

function entryOf(table: Table, index: TableIndex, item: Item | undefined): Entry | undefined {
  const key = item && table.indexKey(index, item);
  if (item === undefined || key === undefined) return undefined;
  const entry = table.project(index, item);
  return { key, item: entry, size: itemSize(entry) };
}

/** @returns the write units. */
function planIndexChange(
  index: TableIndex,
  { before, after }: { before: Entry | undefined; after: Entry | undefined },
  plan: Pick<ItemChange, 'operations' | 'increments'>,
  names: CounterNames,
): number {
  const samePlace = before?.key === after?.key;
  const unchanged = samePlace && (before === undefined || itemsEqual(before.item, (after as Entry).item));
  // An index in creation may lack the entry that it should have.
  if (after !== undefined && (!unchanged || index.status === 'CREATING'))
    plan.operations.push({ type: 'put', key: after.key, value: after.item });
  if (before !== undefined && !samePlace) plan.operations.push({ type: 'del', key: before.key });
  if (unchanged) return 0;
  const [sizeBefore, sizeAfter] = [before?.size ?? 0, after?.size ?? 0];
  if (index.status === 'ACTIVE') count(plan.increments, names, before, after, sizeAfter - sizeBefore);
  if (samePlace) return writeUnits(Math.max(sizeBefore, sizeAfter));
  return (before === undefined ? 0 : writeUnits(sizeBefore)) + (after === undefined ? 0 : writeUnits(sizeAfter));
}

function planExpiryChange(
  table: Table,
  key: string,
  before: Item | undefined,
  after: Item | undefined,
  operations: StoreOperation[],
): void {
  const expiry = table.stored.expiry;
  if (expiry === undefined) return;
  const { attribute } = expiry;
  const oldKey = before && expiryEntryKey(table, key, getAttribute(before, attribute));
  const newKey = after && expiryEntryKey(table, key, getAttribute(after, attribute));
  if (oldKey !== undefined && oldKey !== newKey) operations.push({ type: 'del', key: oldKey });
  if (newKey !== undefined && (oldKey !== newKey || expiry.status === 'CREATING'))
    operations.push({ type: 'put', key: newKey, value: key });
}

function count(increments: [string, number][], names: CounterNames, before: unknown, after: unknown, bytes: number): void {
  const items = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  if (items !== 0) increments.push([names.items, items]);
  if (bytes !== 0) increments.push([names.bytes, bytes]);
}
