import type { Clock } from '../../clock.ts';
import type { Database } from './database.ts';

/** After how many attempts of a kind a pause comes, and how long it lasts. */
interface AttemptRule {
  readonly kind: string;
  /** So many attempts are free. */
  readonly free: number;
  /** The pause after attempt number `count` (which is at least `free`), in milliseconds. */
  pauseMs(count: number): number;
  /** Without an attempt for so long the count starts again, in milliseconds; never before the pause is over. */
  forgetMs(count: number): number;
}

const MINUTE = 60_000;

function lockOutMs(count: number): number {
  return count < 5 ? 0 : Math.min(1_000 * 2 ** (count - 5), 15 * MINUTE);
}

/**
 * Wrong passwords: AWS locks for 2^(n-5) seconds after failure number n >= 5, up to about 15 minutes, and forgets
 * after 15 minutes without an attempt that follow a lock-out (developer guide, "Lockout behavior for failed sign-in
 * attempts").
 */
export const SIGN_IN_RULE: AttemptRule = {
  kind: 'sign-in',
  free: 5,
  pauseMs: lockOutMs,
  forgetMs: (count) => lockOutMs(count) + 15 * MINUTE,
};

/** Wrong TOTP or e-mail one-time codes at sign-in: the same lock-out as for passwords, counted apart. */
export const MFA_RULE: AttemptRule = { ...SIGN_IN_RULE, kind: 'mfa' };

/** Wrong confirmation, reset or verification codes: after 5 nothing is checked for 15 minutes. AWS names no number. */
export function codeGuessRule(purpose: string): AttemptRule {
  return { kind: `guess:${purpose}`, free: 5, pauseMs: () => 15 * MINUTE, forgetMs: () => 15 * MINUTE };
}

/** Messages with a code: 5 in a row, then a pause of an hour (AWS: 5 to 20 an hour, by its risk estimate). */
export function codeMessageRule(purpose: string): AttemptRule {
  return { kind: `send:${purpose}`, free: 5, pauseMs: () => 60 * MINUTE, forgetMs: () => 60 * MINUTE };
}

const LONGEST_MEMORY_MS = 2 * 60 * MINUTE;

/** Whose attempts are counted: a user, or a name that belongs to nobody. */
export interface AttemptSubject {
  readonly poolId: string;
  readonly name: string;
}

/** Counts attempts, durably. */
export class Attempts {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** How many attempts count against the subject now. */
  count(subject: AttemptSubject, rule: AttemptRule): number {
    const row = this.#database.get(
      'SELECT count, last_at FROM attempts WHERE pool_id = ? AND subject = ? AND kind = ?',
      ...[subject.poolId, subject.name, rule.kind],
    );
    const count = Number(row?.['count'] ?? 0);
    const idleMs = this.#clock.now() - Number(row?.['last_at'] ?? 0);
    return idleMs >= rule.forgetMs(count) ? 0 : count;
  }

  isPaused(subject: AttemptSubject, rule: AttemptRule): boolean {
    const count = this.count(subject, rule);
    if (count < rule.free) {
      return false;
    }
    const row = this.#database.get(
      'SELECT last_at FROM attempts WHERE pool_id = ? AND subject = ? AND kind = ?',
      ...[subject.poolId, subject.name, rule.kind],
    );
    return this.#clock.now() - Number(row?.['last_at'] ?? 0) < rule.pauseMs(count);
  }

  add(subject: AttemptSubject, rule: AttemptRule): void {
    const now = this.#clock.now();
    const count = this.count(subject, rule) + 1;
    this.#database.run('DELETE FROM attempts WHERE last_at < ?', now - LONGEST_MEMORY_MS);
    this.#database.run(
      'INSERT INTO attempts (pool_id, subject, kind, count, last_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count, last_at = excluded.last_at',
      ...[subject.poolId, subject.name, rule.kind, count, now],
    );
  }

  clear(subject: AttemptSubject, rule: AttemptRule): void {
    this.#database.run('DELETE FROM attempts WHERE pool_id = ? AND subject = ? AND kind = ?', subject.poolId, subject.name, rule.kind);
  }
}
