import type { Clock } from '../clock.ts';
import type { LocalLog } from '../log.ts';
import { AwsError } from './service.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/**
 * What becomes of something after an attempt to hand it on: it is done with, or tried again after so many milliseconds. What only had
 * to wait its turn was not tried.
 */
export type Attempt = { readonly retryInMs: number; readonly isPostponed?: true } | 'done';

export interface OutboxOptions<Content> {
  readonly database: SqliteDatabase;
  readonly clock: Clock;
  readonly log: LocalLog;
  /** The service whose log line tells of what went wrong. */
  readonly source: string;
  /** @param attempts how often it was tried before */
  deliver(content: Content, attempts: number): Promise<Attempt>;
}

export const outboxSchema = `
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, content TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_by_time ON outbox (due_at, seq);
`;

interface Settled {
  readonly seq: number;
  readonly attempts: number;
  readonly next: Attempt;
}

const AT_ONCE = 32;
/** The run's clock may be moved, so it is looked at while something waits. */
const LOOK_INTERVAL_MS = 200;
/** After an error that `deliver` does not know. */
const UNKNOWN_ERROR_RETRY_MS = 1_000;

/** What a service has promised to hand on: it is on the disk before the promise, and stays there until it is done with. */
export class Outbox<Content> {
  readonly #options: OutboxOptions<Content>;
  /** What is being tried, and what was tried and is not written down yet. */
  readonly #inFlight = new Map<number, Promise<void>>();
  #settled: Settled[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: OutboxOptions<Content>) {
    this.#options = options;
  }

  /** Takes up what an earlier run left. */
  start(): void {
    this.#lookSoon();
  }

  add(contents: readonly Content[]): void {
    const { database, clock } = this.#options;
    const dueAt = clock.now();
    database.transaction(() => {
      for (const content of contents)
        database.run('INSERT INTO outbox (content, attempts, due_at) VALUES (?, 0, ?)', JSON.stringify(content), dueAt);
    });
    this.#lookSoon();
  }

  /** Everything that waits, oldest first. */
  dump(): unknown[] {
    const rows = this.#options.database.all('SELECT content, attempts, due_at FROM outbox ORDER BY seq');
    return rows.map(({ content, attempts, due_at }) => ({ content: JSON.parse(String(content)), attempts, dueAt: due_at }));
  }

  /** Lets running attempts finish. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#inFlight.values());
    this.#writeSettled();
  }

  #lookSoon(): void {
    setImmediate(() => this.#look());
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const { database, clock } = this.#options;
    const room = AT_ONCE - this.#inFlight.size;
    if (room > 0) {
      const sql = 'SELECT seq, content, attempts FROM outbox WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?';
      // What is in flight is still in the table.
      const rows = database.all(sql, clock.now(), room + this.#inFlight.size).filter(({ seq }) => !this.#inFlight.has(Number(seq)));
      for (const { seq, content, attempts } of rows.slice(0, room)) this.#begin(Number(seq), String(content), Number(attempts));
    }
    if (database.get('SELECT 1 AS waiting FROM outbox LIMIT 1') === undefined) return;
    this.#timer = setTimeout(() => this.#look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  #begin(seq: number, content: string, attempts: number): void {
    this.#inFlight.set(seq, this.#attempt(seq, content, attempts));
  }

  async #attempt(seq: number, content: string, attempts: number): Promise<void> {
    const { log, source, deliver } = this.#options;
    let next: Attempt;
    try {
      next = await deliver(JSON.parse(content) as Content, attempts);
    } catch (error) {
      log.error(source, `a message could not be handed on, it is kept: ${error instanceof Error ? error.stack : String(error)}`);
      next = { retryInMs: UNKNOWN_ERROR_RETRY_MS };
    }
    this.#settled.push({ seq, attempts, next });
    if (this.#settled.length === 1) setImmediate(() => this.#writeSettled());
  }

  /** What ended at about the same time is written down at once: each write waits for the disk. */
  #writeSettled(): void {
    const settled = this.#settled;
    if (settled.length === 0) return;
    this.#settled = [];
    try {
      this.#write(settled);
    } catch (error) {
      // A full disk: what is done stays done, and is written down once there is room.
      this.#options.log.error(this.#options.source, `what was handed on could not be written down: ${String(error)}`);
      this.#settled.unshift(...settled);
      if (!this.#stopped) setTimeout(() => this.#writeSettled(), UNKNOWN_ERROR_RETRY_MS).unref();
      return;
    }
    for (const { seq } of settled) this.#inFlight.delete(seq);
    this.#look();
  }

  #write(settled: readonly Settled[]): void {
    const { database, clock } = this.#options;
    database.transaction(() => {
      for (const { seq, attempts, next } of settled) {
        if (next === 'done') database.run('DELETE FROM outbox WHERE seq = ?', seq);
        else {
          const tried = next.isPostponed === true ? attempts : attempts + 1;
          database.run('UPDATE outbox SET attempts = ?, due_at = ? WHERE seq = ?', tried, clock.now() + next.retryInMs, seq);
        }
      }
    });
  }
}

/** Whether trying again changes nothing: the receiver is gone, its policy refuses, or the message is wrong. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof AwsError && error.status < 500 && error.code !== 'TooManyRequestsException';
