import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

const TABLES = `
CREATE TABLE IF NOT EXISTS users (
  pool_id TEXT NOT NULL, username TEXT NOT NULL, sub TEXT NOT NULL, status TEXT NOT NULL, enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  password_hash TEXT, srp_salt TEXT, srp_verifier TEXT, temporary_until INTEGER,
  totp_pending TEXT, totp_secret TEXT, totp_last_step INTEGER, mfa_enabled INTEGER NOT NULL DEFAULT 0, mfa_preferred INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (pool_id, username)
) STRICT;
CREATE TABLE IF NOT EXISTS attributes (
  pool_id TEXT NOT NULL, username TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, value_key TEXT NOT NULL,
  PRIMARY KEY (pool_id, username, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attributes_by_value ON attributes (pool_id, name, value_key, username);
CREATE TABLE IF NOT EXISTS sign_in_names (
  pool_id TEXT NOT NULL, name_key TEXT NOT NULL, username TEXT NOT NULL,
  PRIMARY KEY (pool_id, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sign_in_names_by_user ON sign_in_names (pool_id, username);
CREATE TABLE IF NOT EXISTS user_groups (
  pool_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT, role_arn TEXT, precedence INTEGER,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, from_template INTEGER NOT NULL,
  PRIMARY KEY (pool_id, name)
) STRICT;
CREATE TABLE IF NOT EXISTS memberships (
  pool_id TEXT NOT NULL, group_name TEXT NOT NULL, username TEXT NOT NULL,
  PRIMARY KEY (pool_id, group_name, username)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_user ON memberships (pool_id, username);
CREATE TABLE IF NOT EXISTS codes (
  pool_id TEXT NOT NULL, username TEXT NOT NULL, purpose TEXT NOT NULL, target TEXT NOT NULL, hash TEXT NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, username, purpose)
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  pool_id TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, subject, kind)
) STRICT;
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (last_at);
CREATE TABLE IF NOT EXISTS challenges (
  token_hash TEXT PRIMARY KEY, pool_id TEXT NOT NULL, client_id TEXT NOT NULL, username TEXT NOT NULL, name TEXT NOT NULL,
  state TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS challenges_by_expiry ON challenges (expires_at);
CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY, origin_jti TEXT NOT NULL, pool_id TEXT NOT NULL, username TEXT NOT NULL, client_id TEXT NOT NULL,
  auth_time INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (pool_id, username);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
CREATE TABLE IF NOT EXISTS refresh_tokens (
  hash TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, rotated_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE TABLE IF NOT EXISTS signing_keys (
  pool_id TEXT NOT NULL, token_use TEXT NOT NULL, kid TEXT NOT NULL, private_key TEXT NOT NULL,
  PRIMARY KEY (pool_id, token_use)
) STRICT;
`;

export type Row = Record<string, string | number | null>;

/**
 * The state of all user pools of one data folder, in SQLite. Every call is synchronous: what runs between two
 * `await`s is atomic in this process, and a write that has returned survives the end of the process (WAL).
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param folder undefined: in memory only. */
  constructor(folder: string | undefined) {
    if (folder === undefined) {
      this.#sqlite = new DatabaseSync(':memory:');
    } else {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, 'cognito.sqlite');
      this.#sqlite = new DatabaseSync(file);
      // Password hashes and signing keys lie in here.
      chmodSync(file, 0o600);
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    }
    this.#sqlite.exec('PRAGMA foreign_keys = ON;');
    this.#sqlite.exec(TABLES);
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /** Runs synchronous work as one transaction; an error rolls it back. Inner calls join the outer transaction. */
  transaction<T>(work: () => T): T {
    if (this.#sqlite.isTransaction) {
      return work();
    }
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      this.#sqlite.exec('ROLLBACK');
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
