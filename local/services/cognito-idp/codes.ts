import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type AttemptSubject, type Attempts, codeGuessRule, codeMessageRule } from './attempts.ts';
import type { Database } from './database.ts';
import { failures } from './failures.ts';

const HOUR_MS = 3_600_000;

/** What a code is good for, and how long. AWS: 24 hours for confirmation and verification, one hour for a reset. */
const LIFETIME_MS = {
  sign_up: 24 * HOUR_MS,
  reset: HOUR_MS,
  verify_email: 24 * HOUR_MS,
  verify_phone_number: 24 * HOUR_MS,
  sign_in_otp: HOUR_MS,
} as const;

export type CodePurpose = keyof typeof LIFETIME_MS;

/** A user's code; the user may not exist when user names are hidden. */
interface CodeOwner extends AttemptSubject {
  readonly exists: boolean;
}

/** Six random digits. */
export function makeCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}

function hashCode(salt: string, code: string): Buffer {
  return createHash('sha256').update(`${salt}\n${code}`).digest();
}

/** Single-use codes that went out by message: one per user and purpose, the newest counts. */
export class Codes {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #attempts: Attempts;

  constructor(database: Database, clock: Clock, attempts: Attempts) {
    this.#database = database;
    this.#clock = clock;
    this.#attempts = attempts;
  }

  /**
   * Counts one message for the owner, whether or not the owner exists.
   * @throws AwsError `LimitExceededException` after five within the hour.
   */
  countMessage(owner: AttemptSubject, purpose: CodePurpose): void {
    const rule = codeMessageRule(purpose);
    if (this.#attempts.isPaused(owner, rule)) {
      throw failures.limitExceeded();
    }
    this.#attempts.add(owner, rule);
  }

  /** @param target the attribute value that the code proves, for example the e-mail address. */
  issue(owner: AttemptSubject, purpose: CodePurpose, target: string): string {
    const code = makeCode();
    const salt = randomBytes(8).toString('hex');
    this.#database.run(
      'INSERT INTO codes (pool_id, username, purpose, target, hash, expires_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET target = excluded.target, hash = excluded.hash, expires_at = excluded.expires_at',
      ...[owner.poolId, owner.name, purpose, target, `${salt}$${hashCode(salt, code).toString('hex')}`],
      this.#clock.now() + LIFETIME_MS[purpose],
    );
    return code;
  }

  /** What the newest code of this purpose would prove, if it has not expired. */
  target(owner: AttemptSubject, purpose: CodePurpose): string | undefined {
    const row = this.#row(owner, purpose);
    return row !== undefined && Number(row['expires_at']) > this.#clock.now() ? String(row['target']) : undefined;
  }

  /**
   * Checks a code without using it up, and counts a wrong one.
   * @returns what the code proves.
   * @throws AwsError `CodeMismatchException`, `ExpiredCodeException`, or `LimitExceededException` during the pause.
   */
  check(owner: CodeOwner, purpose: CodePurpose, code: string): string {
    const rule = codeGuessRule(purpose);
    if (this.#attempts.isPaused(owner, rule)) {
      throw purpose === 'sign_up' ? failures.tooManyFailedAttempts() : failures.limitExceeded();
    }
    const row = owner.exists ? this.#row(owner, purpose) : undefined;
    const [salt = '', hash = ''] = String(row?.['hash'] ?? '').split('$');
    const expected = Buffer.from(hash, 'hex');
    const given = hashCode(salt, code);
    if (owner.exists && row === undefined) {
      this.#attempts.add(owner, rule);
      throw failures.expiredCode();
    }
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
      this.#attempts.add(owner, rule);
      throw failures.codeMismatch();
    }
    if (Number(row?.['expires_at']) <= this.#clock.now()) {
      throw failures.expiredCode();
    }
    return String(row?.['target']);
  }

  /** Uses a code up. Of any number of requests with the same code one gets `true`. */
  consume(owner: AttemptSubject, purpose: CodePurpose): boolean {
    this.#attempts.clear(owner, codeGuessRule(purpose));
    return (
      this.#database.run('DELETE FROM codes WHERE pool_id = ? AND username = ? AND purpose = ?', owner.poolId, owner.name, purpose) === 1
    );
  }

  #row(owner: AttemptSubject, purpose: CodePurpose) {
    const sql = 'SELECT target, hash, expires_at FROM codes WHERE pool_id = ? AND username = ? AND purpose = ?';
    return this.#database.get(sql, owner.poolId, owner.name, purpose);
  }
}
