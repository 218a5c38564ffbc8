import { statfs } from 'node:fs/promises';
import { Level } from 'level';
import { MemoryLevel } from 'memory-level';
import { CommitQueue } from './commit-queue.ts';

/** Keys of one part of the store, in order. Bounds are full keys. */
export interface KeyRange {
  readonly gte?: string;
  readonly gt?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type StoreOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

/** What one request changes: written completely or not at all. */
export interface Change {
  readonly operations: StoreOperation[];
  /** Counters that grow or shrink with this change. */
  readonly increments: [counter: string, by: number][];
}

const COUNTER_PREFIX = 'c!';
/** LevelDB turns its log, of 4 MB at the most, into a table when it is opened. */
const SPACE_TO_REOPEN_BYTES = 16 * 1_048_576;
const ENTRIES_PER_READ = 256;

/**
 * The ordered key-value store under the tables: LevelDB in a folder, or memory.
 *
 * A write is decided synchronously on {@link latest} values and handed to {@link commit} in the same tick, so two
 * requests never see the same old item and no locks are needed. Changes reach the disk in the order of their commits,
 * several small ones in one Level batch, one never in two.
 */
export class Database {
  readonly #level: Level<string, unknown>;
  readonly #queue: CommitQueue;
  readonly #folder: string | undefined;
  #failures = 0;
  /** Why nothing can be written now. */
  #failure: unknown;
  #recovery: Promise<void> | undefined;

  private constructor(level: Level<string, unknown>, folder: string | undefined) {
    this.#level = level;
    this.#folder = folder;
    this.#queue = new CommitQueue((operations) => this.#write(operations), COUNTER_PREFIX);
  }

  /** @throws Error that names the folder when another process has it open. */
  static async open(folder: string | undefined): Promise<Database> {
    const options = { valueEncoding: 'json' };
    const level =
      folder === undefined ? (new MemoryLevel(options) as unknown as Level<string, unknown>) : new Level<string, unknown>(folder, options);
    try {
      await level.open();
    } catch (error) {
      throw openError(folder, error);
    }
    const database = new Database(level, folder);
    await database.#loadCounters();
    return database;
  }

  /** How many batches could not be written. Who keeps what a batch should have stored looks at it. */
  get failures(): number {
    return this.#failures;
  }

  /** The committed value. */
  get<T>(key: string): T | undefined {
    return this.#level.getSync(key) as T | undefined;
  }

  /** The committed values of one moment. */
  getAll<T>(keys: readonly string[]): (T | undefined)[] {
    const snapshot = this.#level.snapshot();
    try {
      return keys.map((key) => this.#level.getSync(key, { snapshot }) as T | undefined);
    } finally {
      void snapshot.close();
    }
  }

  /** The value that the key will have when everything handed to {@link commit} is written. */
  latest<T>(key: string): T | undefined {
    const pending = this.#queue.pending(key);
    return pending === undefined ? this.get(key) : (pending.value as T | undefined);
  }

  /** Resolves when the change is durable. Rejects after a failed write until the store is in order again. */
  commit(change: Change): Promise<void> {
    if (this.#failure === undefined) return this.#queue.commit(change);
    this.#recovery ??= this.#recover().finally(() => {
      this.#recovery = undefined;
    });
    const refused = Promise.reject(this.#failure);
    refused.catch(() => {});
    return refused;
  }

  /** Resolves when everything handed in so far is durable: an answer that tells of a pending value waits for it. */
  flushed(): Promise<void> {
    return this.#queue.flushed();
  }

  counter(name: string): number {
    return this.#queue.counters.get(name) ?? 0;
  }

  /** Entries of a range as they are at the moment of the call. */
  async *entries<T>(range: KeyRange): AsyncGenerator<[key: string, value: T]> {
    const iterator = this.#level.iterator(range as never);
    try {
      const perRead = Math.min(range.limit ?? ENTRIES_PER_READ, ENTRIES_PER_READ);
      for (;;) {
        const entries = (await iterator.nextv(perRead)) as unknown as [string, T][];
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Deletes a range that nobody refers to any more. Not atomic: see `Purges`. */
  clear(range: KeyRange): Promise<void> {
    return this.#level.clear(range as never);
  }

  async close(): Promise<void> {
    await this.#queue.flushed().catch(() => {});
    await this.#recovery;
    await this.#level.close();
  }

  async #write(operations: readonly StoreOperation[]): Promise<void> {
    try {
      await this.#level.batch(operations as never);
    } catch (error) {
      this.#failures += 1;
      this.#failure = error;
      throw error;
    }
  }

  /**
   * After a failed write the end of LevelDB's log is not what LevelDB takes it for: what it would write behind could not be read
   * again. Opening finds the true end, and begins a new log. Without space it would fail and end reading, too, so it waits for that.
   */
  async #recover(): Promise<void> {
    try {
      if (this.#folder !== undefined) {
        const { bavail, bsize } = await statfs(this.#folder);
        if (bavail * bsize < SPACE_TO_REOPEN_BYTES) return;
      }
      await this.#level.close();
      await this.#level.open();
      // The failed batch may be there after all.
      await this.#loadCounters();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  async #loadCounters(): Promise<void> {
    for await (const [key, value] of this.entries(prefixRange(COUNTER_PREFIX))) {
      this.#queue.counters.set(key.slice(COUNTER_PREFIX.length), value as number);
    }
  }
}

/** All keys that begin with this text. Keys are ASCII without `~`. */
export function prefixRange(prefix: string): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix}~` };
}

function openError(folder: string | undefined, error: unknown): Error {
  const cause = (error as { cause?: { code?: string } }).cause;
  if (cause?.code === 'LEVEL_LOCKED') {
    return new Error(`the DynamoDB data in ${folder} is in use by another process; stop that one, or choose another folder`, {
      cause: error,
    });
  }
  return new Error(`cannot open the DynamoDB data in ${folder}: ${cause ?? error}`, { cause: error });
}
