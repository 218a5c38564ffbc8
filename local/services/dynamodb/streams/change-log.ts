import type { Clock } from '../../../clock.ts';
import { type Database, type KeyRange, prefixRange, type StoreOperation } from '../storage/database.ts';
import type { Table } from '../tables/table.ts';
import { streamPrefix, type TableCatalog } from '../tables/table-catalog.ts';
import type { StoredTable } from '../tables/table-definition.ts';
import type { Item } from '../values/attribute-value.ts';
import { type ChangeAuthor, makeRecord, type StoredRecord } from './stream-record.ts';

/** AWS keeps the records of a stream for 24 hours. */
const RETENTION_MS = 24 * 3600 * 1_000;
const SEQUENCE_KEY = 'm!sequence';
/** Sequence numbers are reserved in blocks, so that the counter costs a write once a block. */
const BLOCK = 1_000;
const TRIM_BATCH = 1_000;

/** The records of all streams: appended in the batch of the change that they tell of, read in the order of the commits. */
export class ChangeLog {
  readonly #database: Database;
  readonly #clock: Clock;
  #next: number;
  #reserved: number;
  #failures = 0;
  readonly #listeners = new Set<(tableIds: ReadonlySet<string>) => void>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#reserved = database.get<number>(SEQUENCE_KEY) ?? 1;
    this.#next = this.#reserved;
  }

  /** The operations that record a change; none when the table has no stream. */
  append(table: Table, change: { before: Item | undefined; after: Item | undefined }, author?: ChangeAuthor): StoreOperation[] {
    const { stream } = table.stored;
    if (!stream?.enabled) return [];
    const operations: StoreOperation[] = [];
    // A reservation in a batch that failed is none.
    if (this.#next >= this.#reserved || this.#failures !== this.#database.failures) {
      this.#failures = this.#database.failures;
      this.#reserved = this.#next + BLOCK;
      operations.push({ type: 'put', key: SEQUENCE_KEY, value: this.#reserved });
    }
    const sequenceNumber = sequenceText(this.#next);
    this.#next += 1;
    const record: StoredRecord = {
      ...makeRecord(table, stream.viewType, change),
      sequenceNumber,
      at: this.#clock.now(),
      ...(author && { author }),
    };
    operations.push({ type: 'put', key: streamPrefix(table.stored, stream) + sequenceNumber, value: record });
    return operations;
  }

  /** Tells followers that changes of these tables were committed. */
  announce(tableIds: ReadonlySet<string>): void {
    if (tableIds.size > 0) for (const listener of this.#listeners) listener(tableIds);
  }

  onCommit(listener: (tableIds: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest sequence number given out; everything later comes after it. */
  get latest(): string {
    return sequenceText(this.#next - 1);
  }

  /** Records after a sequence number, oldest first. `''` is the beginning. */
  async read(table: Table, after: string, limit: number): Promise<StoredRecord[]> {
    const { stream } = table.stored;
    if (stream === undefined) return [];
    const prefix = streamPrefix(table.stored, stream);
    const range: KeyRange = { gt: prefix + after, lt: `${prefix}~`, limit };
    const records: StoredRecord[] = [];
    for await (const [, record] of this.#database.entries<StoredRecord>(range)) records.push(record);
    return records;
  }

  /** The last sequence number that retention has removed from the table's stream. */
  trimmedUpTo(table: Table): string {
    return this.#database.get<string>(trimKey(table.stored)) ?? '';
  }

  /** Removes records that are past their 24 hours. */
  async trim(catalog: TableCatalog): Promise<void> {
    for (const table of catalog.list()) {
      while ((await this.#hasOld(table)) && (await this.#trimSome(table)));
    }
  }

  async #hasOld(table: Table): Promise<boolean> {
    const [oldest] = await this.read(table, '', 1);
    return oldest !== undefined && this.#isOld(oldest);
  }

  #isOld(record: StoredRecord): boolean {
    return record.at < this.#clock.now() - RETENTION_MS;
  }

  async #trimSome(table: Table): Promise<boolean> {
    const { stream } = table.stored;
    if (stream === undefined) return false;
    const prefix = streamPrefix(table.stored, stream);
    const operations: StoreOperation[] = [];
    let last = '';
    for await (const [key, record] of this.#database.entries<StoredRecord>({ ...prefixRange(prefix), limit: TRIM_BATCH })) {
      if (!this.#isOld(record)) break;
      operations.push({ type: 'del', key });
      last = record.sequenceNumber;
    }
    if (last === '') return false;
    operations.push({ type: 'put', key: trimKey(table.stored), value: last });
    await this.#database.commit({ operations, increments: [] });
    return operations.length > TRIM_BATCH;
  }
}

/** 21 digits as on AWS, so that texts sort as numbers. */
function sequenceText(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`;
}

function trimKey(table: StoredTable): string {
  return `m!trim!${table.id}!${table.stream?.label}`;
}
