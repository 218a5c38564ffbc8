import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type SqlRow = Readonly<Record<string, string | number | null>>;

/**
 * The durable state of one service. Calls are synchronous: what runs between two `await`s is atomic in this process, and a
 * write that has returned survives the end of the process, by `kill -9`, too. A power failure may take back the last writes, but
 * leaves the rest whole, as with local DynamoDB.
 */
export class SqliteDatabase {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param place undefined: in memory */
  constructor(place: { readonly folder: string | undefined; readonly file: string }, schema: string) {
    const { folder, file } = place;
    if (folder === undefined) {
      this.#sqlite = new DatabaseSync(':memory:');
    } else {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#sqlite = new DatabaseSync(join(folder, file));
      chmodSync(join(folder, file), 0o600);
      // To wait for the disk at each commit (FULL) would hold up everything else in this process meanwhile.
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    }
    this.#sqlite.exec(schema);
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** @returns the id of the new row */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  get(sql: string, ...values: SQLInputValue[]): SqlRow | undefined {
    return this.#statement(sql).get(...values) as SqlRow | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    // Rows of SQLite have no prototype, which surprises whoever compares them.
    return this.#statement(sql)
      .all(...values)
      .map((row) => ({ ...row }) as SqlRow);
  }

  /** Runs synchronous work as one transaction; an error rolls it back. Inner calls join the outer transaction. */
  transaction<T>(work: () => T): T {
    if (this.#sqlite.isTransaction) return work();
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has rolled it back already.
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
