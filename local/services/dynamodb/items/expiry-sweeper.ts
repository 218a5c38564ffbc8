import type { Clock } from '../../../clock.ts';
import type { Database } from '../storage/database.ts';
import { EXPIRY_AUTHOR } from '../streams/stream-record.ts';
import type { TableCatalog } from '../tables/table-catalog.ts';
import { getAttribute, type Item } from '../values/attribute-value.ts';
import { dueRange, isDue } from './expiry.ts';
import type { ItemWriter } from './item-writer.ts';

const ITEMS_PER_ROUND = 500;

/** Deletes items whose time has come. Until then reads see them, as on AWS. */
export class ExpirySweeper {
  readonly #database: Database;
  readonly #catalog: TableCatalog;
  readonly #writer: ItemWriter;
  readonly #clock: Clock;

  constructor(engine: { database: Database; catalog: TableCatalog; writer: ItemWriter; clock: Clock }) {
    this.#database = engine.database;
    this.#catalog = engine.catalog;
    this.#writer = engine.writer;
    this.#clock = engine.clock;
  }

  /** Reads only what is due: the entries are kept by time. @returns how many items it deleted. */
  async sweep(): Promise<number> {
    let deleted = 0;
    for (const { name, stored } of this.#catalog.list()) {
      if (stored.expiry !== undefined) deleted += await this.#sweepTable(name);
    }
    return deleted;
  }

  async #sweepTable(name: string): Promise<number> {
    let deleted = 0;
    for (;;) {
      const start = this.#catalog.find(name);
      if (start === undefined) return deleted;
      const due: string[] = [];
      const range = { ...dueRange(start, this.#clock.now()), limit: ITEMS_PER_ROUND };
      for await (const [, key] of this.#database.entries<string>(range)) due.push(key);
      const outcomes = await Promise.all(due.map((key) => this.#expire(name, key)));
      const count = outcomes.filter(Boolean).length;
      deleted += count;
      if (count === 0 || due.length < ITEMS_PER_ROUND) return deleted;
    }
  }

  /** The item may have got another time since the entry was read. */
  async #expire(name: string, key: string): Promise<boolean> {
    const table = this.#catalog.find(name);
    const item = this.#database.latest<Item>(key);
    const attribute = table?.stored.expiry?.attribute;
    if (table === undefined || item === undefined || attribute === undefined) return false;
    if (!isDue(getAttribute(item, attribute), this.#clock.now())) return false;
    await this.#writer.write({ table, key, condition: undefined, returnOldOnFailure: false, next: () => undefined }, EXPIRY_AUTHOR);
    return true;
  }
}
