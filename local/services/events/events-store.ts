import { outboxSchema } from '../outbox.ts';
import { SqliteDatabase } from '../sqlite-database.ts';
import type { BusEvent } from './bus-event.ts';

export interface Replay {
  readonly name: string;
  readonly archiveArn: string;
  readonly busArn: string;
  readonly filterArns: readonly string[];
  readonly description: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly lastReplayedAt: number | undefined;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS archived (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, archive TEXT NOT NULL, event TEXT NOT NULL, bytes INTEGER NOT NULL, archived_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS archived_by_time ON archived (archive, archived_at);
CREATE TABLE IF NOT EXISTS replays (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS schedules (rule_arn TEXT PRIMARY KEY, expression TEXT NOT NULL, anchor INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS states (rule_arn TEXT PRIMARY KEY, declared INTEGER NOT NULL, enabled INTEGER NOT NULL) STRICT;
${outboxSchema}`;

/** What EventBridge keeps: events on their way, archives, replays, and since when rates count. */
export class EventsStore {
  readonly database: SqliteDatabase;

  /** @param folder undefined: in memory */
  constructor(folder: string | undefined) {
    this.database = new SqliteDatabase({ folder, file: 'events.sqlite' }, SCHEMA);
  }

  archive(archive: string, event: BusEvent, now: number): void {
    const text = JSON.stringify(event);
    this.database.run(
      'INSERT INTO archived (archive, event, bytes, archived_at) VALUES (?, ?, ?, ?)',
      archive,
      text,
      Buffer.byteLength(text),
      now,
    );
  }

  /** Deletes what was archived too long ago. */
  expire(archive: string, before: number): void {
    this.database.run('DELETE FROM archived WHERE archive = ? AND archived_at < ?', archive, before);
  }

  /** Oldest first. */
  archived(archive: string, { from, to }: { readonly from: number; readonly to: number }): BusEvent[] {
    const sql = 'SELECT event FROM archived WHERE archive = ? AND archived_at >= ? AND archived_at <= ? ORDER BY archived_at, seq';
    return this.database.all(sql, archive, from, to).map(({ event }) => JSON.parse(String(event)) as BusEvent);
  }

  /** Of all archives, the newest first. */
  latest(limit: number): BusEvent[] {
    return this.database
      .all('SELECT event FROM archived ORDER BY seq DESC LIMIT ?', limit)
      .map(({ event }) => JSON.parse(String(event)) as BusEvent);
  }

  size(archive: string): { readonly events: number; readonly bytes: number } {
    const row = this.database.get('SELECT count(*) AS events, coalesce(sum(bytes), 0) AS bytes FROM archived WHERE archive = ?', archive);
    return { events: Number(row?.['events']), bytes: Number(row?.['bytes']) };
  }

  addReplay(replay: Replay): void {
    this.database.run('INSERT INTO replays VALUES (?, ?)', replay.name, JSON.stringify(replay));
  }

  replays(): Replay[] {
    return this.database.all('SELECT content FROM replays ORDER BY rowid').map(({ content }) => JSON.parse(String(content)) as Replay);
  }

  /** Since when a schedule counts: since it is there. */
  anchorOf(ruleArn: string, expression: string, now: number): number {
    this.database.run('DELETE FROM schedules WHERE rule_arn = ? AND expression <> ?', ruleArn, expression);
    this.database.run('INSERT OR IGNORE INTO schedules VALUES (?, ?, ?)', ruleArn, expression, now);
    return Number(this.database.get('SELECT anchor FROM schedules WHERE rule_arn = ?', ruleArn)?.['anchor']);
  }

  /** Whether a rule was enabled or disabled at run time, unless the template has changed its state since. */
  changedState(ruleArn: string, declared: boolean): boolean | undefined {
    const row = this.database.get('SELECT enabled FROM states WHERE rule_arn = ? AND declared = ?', ruleArn, Number(declared));
    return row === undefined ? undefined : row['enabled'] === 1;
  }

  saveState(ruleArn: string, declared: boolean, enabled: boolean): void {
    this.database.run('INSERT OR REPLACE INTO states VALUES (?, ?, ?)', ruleArn, Number(declared), Number(enabled));
  }

  dump(): Record<string, unknown> {
    const rows = this.database.all('SELECT archive, event FROM archived ORDER BY seq');
    const byArchive = Object.groupBy(rows, ({ archive }) => String(archive));
    const archives = Object.entries(byArchive).map(([name, events]) => [
      name,
      (events ?? []).map(({ event }) => JSON.parse(String(event))),
    ]);
    return { archives: Object.fromEntries(archives), replays: this.replays() };
  }

  close(): void {
    this.database.close();
  }
}
