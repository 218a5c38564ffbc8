import { SqliteDatabase, type SqlRow } from '../sqlite-database.ts';

const TABLES = `
PRAGMA foreign_keys = ON;
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

export type Row = SqlRow;

/** The state of all user pools of one data folder. Password hashes and signing keys lie in here. */
export class Database extends SqliteDatabase {
  /** @param folder undefined: in memory only. */
  constructor(folder: string | undefined) {
    super({ folder, file: 'cognito.sqlite' }, TABLES);
  }
}
