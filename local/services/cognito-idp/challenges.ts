import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from './database.ts';

export type ChallengeName =
  | 'PASSWORD_VERIFIER'
  | 'SOFTWARE_TOKEN_MFA'
  | 'NEW_PASSWORD_REQUIRED'
  | 'MFA_SETUP'
  | 'SELECT_CHALLENGE'
  | 'EMAIL_OTP';

/** A started sign-in that waits for the user's next answer. */
export interface Challenge {
  readonly name: ChallengeName;
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly state: Readonly<Record<string, string>>;
}

type TakenChallenge = Challenge | 'expired' | 'unknown';

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Challenge sessions: random strings, kept here by their hash, bound to one user and one client, each good once.
 * AWS packs the same into an encrypted string; what a client sees differs in length only.
 */
export class Challenges {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @returns the session string for the client. */
  open(challenge: Challenge, lifetimeSeconds: number): string {
    const token = randomBytes(96).toString('base64');
    const now = this.#clock.now();
    this.#database.run('DELETE FROM challenges WHERE expires_at < ?', now - 3_600_000);
    this.#database.run(
      'INSERT INTO challenges (token_hash, pool_id, client_id, username, name, state, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[hashOf(token), challenge.poolId, challenge.clientId, challenge.username, challenge.name, JSON.stringify(challenge.state)],
      now + lifetimeSeconds * 1_000,
    );
    return token;
  }

  /** Reads a session and leaves it open. */
  peek(token: string): TakenChallenge {
    const row = this.#database.get('SELECT * FROM challenges WHERE token_hash = ?', hashOf(token));
    if (row === undefined) {
      return 'unknown';
    }
    if (Number(row['expires_at']) <= this.#clock.now()) {
      return 'expired';
    }
    return {
      name: row['name'] as ChallengeName,
      poolId: String(row['pool_id']),
      clientId: String(row['client_id']),
      username: String(row['username']),
      state: JSON.parse(String(row['state'])) as Record<string, string>,
    };
  }

  /** Ends a session. Of any number of requests with the same session one gets `true`. */
  close(token: string): boolean {
    return this.#database.run('DELETE FROM challenges WHERE token_hash = ?', hashOf(token)) === 1;
  }
}
