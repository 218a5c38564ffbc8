import { SqliteDatabase } from '../sqlite-database.ts';

/** What is written as one object. It stays the same through crashes, so that no record is in two. */
export interface Batch {
  readonly id: string;
  readonly arrivedAt: number;
}

/** How much of a stream waits for an object. */
export interface Waiting {
  readonly bytes: number;
  /** When the first record came. */
  readonly since: number;
}

const schema = `
CREATE TABLE IF NOT EXISTS records (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, data TEXT NOT NULL, bytes INTEGER NOT NULL, arrived_at INTEGER NOT NULL, batch TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS records_by_batch ON records (stream, batch, seq);
`;

/** The records that no object holds yet. */
export class RecordStore {
  readonly #database: SqliteDatabase;

  constructor(folder: string | undefined) {
    this.#database = new SqliteDatabase({ folder, file: 'firehose.sqlite' }, schema);
  }

  /** @param records base64 */
  add(stream: string, records: readonly string[], now: number): void {
    this.#database.transaction(() => {
      for (const data of records) {
        const bytes = Buffer.byteLength(data, 'base64');
        this.#database.run('INSERT INTO records (stream, data, bytes, arrived_at) VALUES (?, ?, ?, ?)', stream, data, bytes, now);
      }
    });
  }

  waiting(stream: string): Waiting | undefined {
    const sql = 'SELECT SUM(bytes) AS bytes, MIN(arrived_at) AS since FROM records WHERE stream = ? AND batch IS NULL';
    const { bytes, since } = this.#database.get(sql, stream) ?? {};
    return bytes === null || bytes === undefined ? undefined : { bytes: Number(bytes), since: Number(since) };
  }

  /** Makes a batch of all that waits. */
  close(stream: string, batch: string): void {
    this.#database.run('UPDATE records SET batch = ? WHERE stream = ? AND batch IS NULL', batch, stream);
  }

  batches(stream: string): readonly Batch[] {
    const sql =
      'SELECT batch, MIN(arrived_at) AS arrived_at FROM records WHERE stream = ? AND batch IS NOT NULL GROUP BY batch ORDER BY MIN(seq)';
    return this.#database.all(sql, stream).map(({ batch, arrived_at }) => ({ id: String(batch), arrivedAt: Number(arrived_at) }));
  }

  records(stream: string, batch: string): readonly Buffer[] {
    const rows = this.#database.all('SELECT data FROM records WHERE stream = ? AND batch = ? ORDER BY seq', stream, batch);
    return rows.map(({ data }) => Buffer.from(String(data), 'base64'));
  }

  remove(stream: string, batch: string): void {
    this.#database.run('DELETE FROM records WHERE stream = ? AND batch = ?', stream, batch);
  }

  isEmpty(): boolean {
    return this.#database.get('SELECT 1 AS waiting FROM records LIMIT 1') === undefined;
  }

  dispose(): void {
    this.#database.close();
  }
}
