import { type Database, prefixRange, type StoreOperation } from './database.ts';

const MARKER_PREFIX = 'g!';

/** Deletes what belonged to a dropped table, index or stream. A marker in the dropping batch lets the next start finish an interrupted purge. */
export class Purges {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The operation that announces the purge; it goes into the batch that drops the owner. */
  marker(prefix: string): StoreOperation {
    return { type: 'put', key: MARKER_PREFIX + prefix, value: true };
  }

  async run(prefix: string): Promise<void> {
    await this.#database.clear(prefixRange(prefix));
    await this.#database.commit({ operations: [{ type: 'del', key: MARKER_PREFIX + prefix }], increments: [] });
  }

  /** Finishes what a crash interrupted. */
  async resume(): Promise<void> {
    const prefixes: string[] = [];
    for await (const [key] of this.#database.entries(prefixRange(MARKER_PREFIX))) prefixes.push(key.slice(MARKER_PREFIX.length));
    for (const prefix of prefixes) await this.run(prefix);
  }
}
