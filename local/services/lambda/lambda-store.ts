import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** An event that a function was given without anybody waiting for its reply. */
export interface QueuedEvent {
  readonly id: string;
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  /** How often the function has failed on it. */
  readonly failures: number;
  /** How often it could not be run at all, for example for want of concurrency. */
  readonly delays: number;
  readonly enqueuedAt: number;
}

/** A message on its way to a destination or dead-letter queue. */
export interface Delivery {
  readonly id: string;
  readonly target: string;
  readonly message: string;
  /** Message attributes as JSON; only dead letters have them. */
  readonly attributes: string | null;
  readonly attempts: number;
}

export type NewDelivery = Pick<Delivery, 'id' | 'target' | 'message'> & Partial<Pick<Delivery, 'attributes'>>;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY, function_arn TEXT NOT NULL, payload TEXT NOT NULL, failures INTEGER NOT NULL, delays INTEGER NOT NULL,
  enqueued_at INTEGER NOT NULL, due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_time ON events (due_at);
CREATE TABLE IF NOT EXISTS deliveries (
  id TEXT PRIMARY KEY, target TEXT NOT NULL, message TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, attributes TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS mappings (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, checkpoint TEXT) STRICT;
`;

/** What Lambda keeps over restarts: asynchronous events, messages for destinations, and how far event source mappings are. */
export class LambdaStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param folder undefined: in memory */
  constructor(folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    this.#database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'lambda.sqlite'));
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#database.exec(SCHEMA);
    this.#addColumn('deliveries', 'attributes');
  }

  addEvent(event: Pick<QueuedEvent, 'id' | 'functionArn' | 'payload' | 'enqueuedAt'>): void {
    this.#prepared('INSERT INTO events VALUES (?, ?, ?, 0, 0, ?, ?)').run(
      event.id,
      event.functionArn,
      event.payload,
      event.enqueuedAt,
      event.enqueuedAt,
    );
  }

  /** The events that may run now, at most so many of each function: a slow function doesn't hold up the others. */
  dueEvents(now: number, limitEach: number): QueuedEvent[] {
    const place = 'ROW_NUMBER() OVER (PARTITION BY function_arn ORDER BY due_at, rowid) AS place';
    const columns = 'id, function_arn AS functionArn, payload, failures, delays, enqueued_at AS enqueuedAt';
    const rows = this.#prepared(`SELECT ${columns} FROM (SELECT *, ${place} FROM events WHERE due_at <= ?) WHERE place <= ?`);
    return rows.all(now, limitEach) as unknown as QueuedEvent[];
  }

  postponeEvent({ id, failures, delays }: Pick<QueuedEvent, 'id' | 'failures' | 'delays'>, dueAt: number): void {
    this.#prepared('UPDATE events SET failures = ?, delays = ?, due_at = ? WHERE id = ?').run(failures, delays, dueAt, id);
  }

  /** Ends an event and keeps what has to be told about it, both or neither. */
  endEvent(id: string, deliveries: readonly NewDelivery[]): void {
    this.#database.exec('BEGIN');
    for (const delivery of deliveries) this.addDelivery(delivery);
    this.#prepared('DELETE FROM events WHERE id = ?').run(id);
    this.#database.exec('COMMIT');
  }

  addDelivery({ id, target, message, attributes = null }: NewDelivery): void {
    this.#prepared('INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, 0, 0, ?)').run(id, target, message, attributes);
  }

  dueDeliveries(now: number, limit: number): Delivery[] {
    const rows = this.#prepared(
      'SELECT id, target, message, attributes, attempts FROM deliveries WHERE due_at <= ? ORDER BY due_at, rowid LIMIT ?',
    ).all(now, limit);
    return rows as unknown as Delivery[];
  }

  postponeDelivery({ id, attempts }: Pick<Delivery, 'id' | 'attempts'>, dueAt: number): void {
    this.#prepared('UPDATE deliveries SET attempts = ?, due_at = ? WHERE id = ?').run(attempts, dueAt, id);
  }

  endDelivery(id: string): void {
    this.#prepared('DELETE FROM deliveries WHERE id = ?').run(id);
  }

  /** Whether nothing waits to be run or delivered. */
  get idle(): boolean {
    const row = this.#prepared('SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM deliveries) AS busy').get();
    return row?.['busy'] === 0;
  }

  /** How far a mapping is; it is created when it isn't known yet. */
  mapping(id: string, now: number): { readonly createdAt: number; readonly isNew: boolean; readonly checkpoint: string | undefined } {
    const isNew = this.#prepared('INSERT OR IGNORE INTO mappings VALUES (?, ?, NULL)').run(id, now).changes === 1;
    const row = this.#prepared('SELECT created_at, checkpoint FROM mappings WHERE id = ?').get(id);
    return { isNew, createdAt: Number(row?.['created_at']), checkpoint: (row?.['checkpoint'] as string | null) ?? undefined };
  }

  saveCheckpoint(mappingId: string, checkpoint: string): void {
    this.#prepared('UPDATE mappings SET checkpoint = ? WHERE id = ?').run(checkpoint, mappingId);
  }

  dump(): Record<string, unknown> {
    const all = (sql: string): unknown[] =>
      this.#prepared(sql)
        .all()
        .map((row) => ({ ...row }));
    return {
      events: all('SELECT * FROM events ORDER BY rowid'),
      deliveries: all('SELECT * FROM deliveries ORDER BY rowid'),
      mappings: all('SELECT * FROM mappings ORDER BY id'),
    };
  }

  close(): void {
    this.#database.close();
  }

  /** For stores of an earlier version. */
  #addColumn(table: string, column: string): void {
    const columns = this.#database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    if (!columns.some(({ name }) => name === column)) this.#database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
