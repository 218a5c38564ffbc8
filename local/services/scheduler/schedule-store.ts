import { outboxSchema } from '../outbox.ts';
import { SqliteDatabase } from '../sqlite-database.ts';
import { nextRun, type Schedule } from './schedule.ts';

export interface ScheduleGroup {
  readonly name: string;
  readonly createdAt: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS schedule_groups (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, from_template INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS schedules (
  group_name TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL,
  next_at INTEGER, last_at INTEGER, source TEXT, PRIMARY KEY (group_name, name)
) STRICT;
CREATE INDEX IF NOT EXISTS schedules_by_time ON schedules (next_at) WHERE next_at IS NOT NULL;
`;

/** A schedule whose time has come. */
export interface DueSchedule {
  readonly schedule: Schedule;
  readonly scheduledAt: number;
}

/** The schedules of a run with the time of their next start. What was acknowledged is on the disk. */
export class ScheduleStore {
  readonly database: SqliteDatabase;

  /** @param folder undefined: in memory */
  constructor(folder: string | undefined) {
    this.database = new SqliteDatabase({ folder, file: 'scheduler.sqlite' }, `${outboxSchema}${SCHEMA}`);
  }

  get(group: string, name: string): Schedule | undefined {
    const row = this.database.get('SELECT content FROM schedules WHERE group_name = ? AND name = ?', group, name);
    return row && (JSON.parse(String(row['content'])) as Schedule);
  }

  /** What the template said when it last set the schedule; undefined for one that was made by a request. */
  sourceOf(group: string, name: string): string | undefined {
    const row = this.database.get('SELECT source FROM schedules WHERE group_name = ? AND name = ?', group, name);
    return (row?.['source'] as string | null | undefined) ?? undefined;
  }

  /** Creates or replaces a schedule. What it has run already, it does not run again. */
  put(schedule: Schedule, source: string | null = null): void {
    const { GroupName: group, Name: name } = schedule;
    const before = this.database.get('SELECT last_at FROM schedules WHERE group_name = ? AND name = ?', group, name);
    const lastAt = (before?.['last_at'] as number | null | undefined) ?? null;
    // What a request asked for once and is over already is made up for at once; a template is read long after its times.
    const isAsked = source === null && schedule.ScheduleExpression.startsWith('at(');
    const after = lastAt ?? (isAsked ? 0 : schedule.modifiedAt - 1);
    const nextAt = nextRun(schedule, after) ?? null;
    const sql = 'INSERT OR REPLACE INTO schedules (group_name, name, content, next_at, last_at, source) VALUES (?, ?, ?, ?, ?, ?)';
    this.database.run(sql, group, name, JSON.stringify(schedule), nextAt, lastAt, source);
  }

  /** @returns whether there was one */
  delete(group: string, name: string): boolean {
    return this.database.run('DELETE FROM schedules WHERE group_name = ? AND name = ?', group, name) > 0;
  }

  /** By group and name, after a place. */
  list(after: readonly [group: string, name: string], limit: number): Schedule[] {
    const sql = 'SELECT content FROM schedules WHERE (group_name, name) > (?, ?) ORDER BY group_name, name LIMIT ?';
    return this.database.all(sql, ...after, limit).map(({ content }) => JSON.parse(String(content)) as Schedule);
  }

  due(now: number, limit: number): DueSchedule[] {
    const rows = this.database.all('SELECT content, next_at FROM schedules WHERE next_at <= ? ORDER BY next_at LIMIT ?', now, limit);
    return rows.map(({ content, next_at }) => ({ schedule: JSON.parse(String(content)) as Schedule, scheduledAt: Number(next_at) }));
  }

  /** Whether any schedule will ever run. */
  get isWaiting(): boolean {
    return this.database.get('SELECT 1 AS waiting FROM schedules WHERE next_at IS NOT NULL LIMIT 1') !== undefined;
  }

  /** A schedule has begun a run: times that passed while nobody looked are made up for once, not each. */
  advance({ GroupName, Name }: Schedule, ranAt: number, nextAt: number | undefined): void {
    this.database.run(
      'UPDATE schedules SET last_at = ?, next_at = ? WHERE group_name = ? AND name = ?',
      ranAt,
      nextAt ?? null,
      GroupName,
      Name,
    );
  }

  group(name: string): ScheduleGroup | undefined {
    const row = this.database.get('SELECT name, created_at FROM schedule_groups WHERE name = ?', name);
    return row && { name: String(row['name']), createdAt: Number(row['created_at']) };
  }

  groups(): ScheduleGroup[] {
    const rows = this.database.all('SELECT name, created_at FROM schedule_groups ORDER BY name');
    return rows.map(({ name, created_at }) => ({ name: String(name), createdAt: Number(created_at) }));
  }

  addGroup(name: string, now: number, fromTemplate = false): void {
    this.database.run('INSERT OR IGNORE INTO schedule_groups VALUES (?, ?, ?)', name, now, fromTemplate ? 1 : 0);
  }

  /** Deletes a group with its schedules. */
  deleteGroup(name: string): void {
    this.database.transaction(() => {
      this.database.run('DELETE FROM schedules WHERE group_name = ?', name);
      this.database.run('DELETE FROM schedule_groups WHERE name = ?', name);
    });
  }

  /** What a former template made, to be compared with the present one. */
  fromTemplate(): { readonly schedules: readonly (readonly [group: string, name: string])[]; readonly groups: readonly string[] } {
    return {
      schedules: this.database
        .all('SELECT group_name, name FROM schedules WHERE source IS NOT NULL')
        .map(({ group_name, name }) => [String(group_name), String(name)] as const),
      groups: this.database.all('SELECT name FROM schedule_groups WHERE from_template = 1').map(({ name }) => String(name)),
    };
  }

  dump(): Record<string, unknown> {
    const rows = this.database.all('SELECT content, next_at, last_at FROM schedules ORDER BY group_name, name');
    return {
      groups: this.groups(),
      schedules: rows.map(({ content, next_at, last_at }) => ({ ...JSON.parse(String(content)), nextAt: next_at, lastAt: last_at })),
    };
  }
}
