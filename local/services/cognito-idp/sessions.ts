import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database, Row } from './database.ts';
import type { UserPoolClient } from './user-pool-client.ts';
import type { User } from './users-store.ts';

/** One sign-in with all tokens that came out of it. */
export interface Session {
  /** `event_id` of every token. */
  readonly id: string;
  /** `origin_jti` of every token. */
  readonly originJti: string;
  readonly poolId: string;
  readonly username: string;
  readonly clientId: string;
  /** Milliseconds since the epoch. */
  readonly authTime: number;
  readonly expiresAt: number;
  readonly revoked: boolean;
}

/** A refresh token with the session that it belongs to. */
export interface RefreshToken {
  readonly hash: string;
  readonly session: Session;
  /** When it was rotated out, in milliseconds since the epoch. */
  readonly rotatedAt: number | undefined;
}

function toSession(row: Row): Session {
  return {
    id: String(row['id']),
    originJti: String(row['origin_jti']),
    poolId: String(row['pool_id']),
    username: String(row['username']),
    clientId: String(row['client_id']),
    authTime: Number(row['auth_time']),
    expiresAt: Number(row['expires_at']),
    revoked: row['revoked_at'] !== null,
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Signed-in sessions and their refresh tokens, of which only hashes are kept. */
export class Sessions {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  open(user: User, client: UserPoolClient): Session {
    const now = this.#clock.now();
    const session: Session = {
      id: randomUUID(),
      originJti: randomUUID(),
      poolId: user.poolId,
      username: user.username,
      clientId: client.id,
      authTime: now,
      expiresAt: now + client.refreshTokenSeconds * 1_000,
      revoked: false,
    };
    this.#database.run('DELETE FROM sessions WHERE expires_at < ?', now - 86_400_000);
    this.#database.run(
      'INSERT INTO sessions (id, origin_jti, pool_id, username, client_id, auth_time, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[session.id, session.originJti, session.poolId, session.username, session.clientId, session.authTime, session.expiresAt],
    );
    return session;
  }

  /** A refresh token for the rest of the session's life. */
  issueRefreshToken(session: Session): string {
    const token = randomBytes(64).toString('base64url');
    this.#database.run('INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)', hashOf(token), session.id);
    return token;
  }

  findRefreshToken(token: string): RefreshToken | undefined {
    const row = this.#database.get(
      'SELECT s.*, r.hash, r.rotated_at FROM refresh_tokens AS r JOIN sessions AS s ON s.id = r.session_id WHERE r.hash = ?',
      hashOf(token),
    );
    const rotatedAt = row?.['rotated_at'];
    return row && { hash: String(row['hash']), session: toSession(row), rotatedAt: typeof rotatedAt === 'number' ? rotatedAt : undefined };
  }

  /** Starts the grace period of a refresh token; a second rotation leaves the first time in place. */
  rotate(token: RefreshToken): void {
    this.#database.run('UPDATE refresh_tokens SET rotated_at = ? WHERE hash = ? AND rotated_at IS NULL', this.#clock.now(), token.hash);
  }

  byId(id: string): Session | undefined {
    const row = this.#database.get('SELECT * FROM sessions WHERE id = ?', id);
    return row && toSession(row);
  }

  revoke(session: Pick<Session, 'id'>): void {
    this.#database.run('UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', this.#clock.now(), session.id);
  }

  revokeAll(user: User): void {
    const sql = 'UPDATE sessions SET revoked_at = ? WHERE pool_id = ? AND username = ? AND revoked_at IS NULL';
    this.#database.run(sql, this.#clock.now(), user.poolId, user.username);
  }

  countActive(poolId: string, username: string): number {
    const sql = 'SELECT count(*) AS n FROM sessions WHERE pool_id = ? AND username = ? AND revoked_at IS NULL AND expires_at > ?';
    return Number(this.#database.get(sql, poolId, username, this.#clock.now())?.['n']);
  }
}
