import type { SqliteDatabase, SqlRow } from '../../sqlite-database.ts';

/** What is still to be done about a change: it is stored together with the change, so that a crash loses neither. */
export interface Job {
  readonly id: number;
  /** `tell`: hand the message to the target; `scan`: look for malware in the object that the message names. */
  readonly kind: 'tell' | 'scan';
  /** The ARN of a queue, topic, function or bus; of scans the bucket. */
  readonly target: string;
  /** The ARN of the bucket. */
  readonly source: string;
  readonly message: string;
  readonly attempts: number;
}

/** The jobs of all buckets. */
export class JobStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  add({ kind, target, source, message }: Omit<Job, 'id' | 'attempts'>): void {
    this.#database.run(
      'INSERT INTO jobs (kind, target, source, message, attempts, due_at) VALUES (?, ?, ?, ?, 0, 0)',
      ...[kind, target, source, message],
    );
  }

  /** @param now the machine's time, since tries follow each other in real time */
  due(now: number, limit: number): Job[] {
    return this.#database.all('SELECT * FROM jobs WHERE due_at <= ? ORDER BY id LIMIT ?', now, limit).map(jobOf);
  }

  postpone({ id, attempts }: Job, dueAt: number): void {
    this.#database.run('UPDATE jobs SET attempts = ?, due_at = ? WHERE id = ?', attempts + 1, dueAt, id);
  }

  end(id: number): void {
    this.#database.run('DELETE FROM jobs WHERE id = ?', id);
  }

  count(): number {
    return Number(this.#database.get('SELECT count(*) AS count FROM jobs')?.['count']);
  }
}

const jobOf = (row: SqlRow): Job => ({
  id: Number(row['id']),
  kind: row['kind'] as Job['kind'],
  target: String(row['target']),
  source: String(row['source']),
  message: String(row['message']),
  attempts: Number(row['attempts']),
});
