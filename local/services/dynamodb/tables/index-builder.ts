import { expiryEntryKey } from '../items/expiry.ts';
import { counterNames } from '../items/item-change.ts';
import { type Database, prefixRange, type StoreOperation } from '../storage/database.ts';
import { getAttribute, type Item } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { Table } from './table.ts';
import type { TableCatalog } from './table-catalog.ts';

const ITEMS_PER_BATCH = 256;

type EntryOf = (table: Table, key: string, item: Item) => { key: string; value: unknown; size: number } | undefined;

/** Makes the entries of new indexes out of the items that are there. The items themselves are only read. */
export class IndexBuilder {
  readonly #database: Database;
  readonly #catalog: TableCatalog;
  #stopped = false;
  readonly #running = new Map<string, Promise<void>>();

  constructor(database: Database, catalog: TableCatalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  /** Builds everything of the table that is in creation, also what a crash interrupted. Resolves when it is usable. */
  build(tableName: string): Promise<void> {
    const running = (this.#running.get(tableName) ?? Promise.resolve()).then(() => this.#buildAll(tableName));
    this.#running.set(
      tableName,
      running.catch(() => {}),
    );
    return running;
  }

  /** Ends running work at its next step; the next start goes on with it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running.values());
  }

  async #buildAll(tableName: string): Promise<void> {
    const table = this.#catalog.find(tableName);
    for (const { id, status } of table?.indexes ?? []) {
      if (status === 'CREATING') await this.#buildIndex(tableName, id);
    }
    if (table?.stored.expiry?.status === 'CREATING') await this.#buildExpiry(tableName, table.stored.expiry.id);
  }

  async #buildIndex(tableName: string, indexId: string): Promise<void> {
    const totals = await this.#writeEntries(tableName, (table, _key, item) => {
      const index = table.indexes.find((candidate) => candidate.id === indexId);
      const key = index && table.indexKey(index, item);
      if (index === undefined || key === undefined) return undefined;
      const value = table.project(index, item);
      return { key, value, size: itemSize(value) };
    });
    const table = this.#catalog.find(tableName);
    const index = table?.indexes.find((candidate) => candidate.id === indexId);
    if (this.#stopped || table === undefined || index === undefined) return;
    const indexes = table.stored.indexes.map((stored) => (stored.id === indexId ? { ...stored, status: 'ACTIVE' as const } : stored));
    const names = counterNames(table, index);
    void this.#database.commit({
      operations: [],
      increments: [
        [names.items, totals.items],
        [names.bytes, totals.bytes],
      ],
    });
    await this.#catalog.replace(table, { indexes });
  }

  async #buildExpiry(tableName: string, id: string): Promise<void> {
    await this.#writeEntries(tableName, (table, key, item) => {
      const { expiry } = table.stored;
      const entryKey = expiry?.id === id ? expiryEntryKey(table, key, getAttribute(item, expiry.attribute)) : undefined;
      return entryKey === undefined ? undefined : { key: entryKey, value: key, size: 0 };
    });
    const table = this.#catalog.find(tableName);
    if (this.#stopped || table?.stored.expiry?.id !== id) return;
    await this.#catalog.replace(table, { expiry: { ...table.stored.expiry, status: 'ACTIVE' } });
  }

  async #writeEntries(tableName: string, entryOf: EntryOf): Promise<{ items: number; bytes: number }> {
    const totals = { items: 0, bytes: 0 };
    const start = this.#catalog.find(tableName);
    if (start === undefined) return totals;
    let keys: string[] = [];
    for await (const [key] of this.#database.entries(prefixRange(start.itemPrefix))) {
      keys.push(key);
      if (keys.length < ITEMS_PER_BATCH) continue;
      if (this.#stopped) return totals;
      await this.#writeBatch(tableName, keys, entryOf, totals);
      keys = [];
    }
    await this.#writeBatch(tableName, keys, entryOf, totals);
    return totals;
  }

  /** Reads the items again at this moment: the iterator's may be old by now, and a stale entry would never go away. */
  async #writeBatch(tableName: string, keys: readonly string[], entryOf: EntryOf, totals: { items: number; bytes: number }): Promise<void> {
    const table = this.#catalog.find(tableName);
    if (table === undefined) return;
    const operations: StoreOperation[] = [];
    for (const key of keys) {
      const item = this.#database.latest<Item>(key);
      const entry = item && entryOf(table, key, item);
      if (!entry) continue;
      operations.push({ type: 'put', key: entry.key, value: entry.value });
      totals.items += 1;
      totals.bytes += entry.size;
    }
    if (operations.length > 0) await this.#database.commit({ operations, increments: [] });
  }
}
