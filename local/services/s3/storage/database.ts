import { outboxSchema } from '../../outbox.ts';
import { SqliteDatabase } from '../../sqlite-database.ts';

const TABLES = `
CREATE TABLE IF NOT EXISTS versions (
  sequence INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, version_id TEXT NOT NULL, is_latest INTEGER NOT NULL,
  is_marker INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at INTEGER NOT NULL,
  blobs TEXT NOT NULL, details TEXT NOT NULL, tags TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS versions_by_id ON versions (bucket, key, version_id);
CREATE UNIQUE INDEX IF NOT EXISTS latest_versions ON versions (bucket, key) WHERE is_latest = 1;
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, initiated_at INTEGER NOT NULL, initiator TEXT NOT NULL,
  details TEXT NOT NULL, tags TEXT NOT NULL, algorithm TEXT, checksum_type TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
CREATE TABLE IF NOT EXISTS parts (
  upload_id TEXT NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  checksum TEXT, modified_at INTEGER NOT NULL,
  PRIMARY KEY (upload_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Opens what is known of all objects, uploads and events. @param folder undefined: in memory */
export const openDatabase = (folder: string | undefined): SqliteDatabase =>
  new SqliteDatabase({ folder, file: 's3.sqlite' }, TABLES + outboxSchema);

/** A number that is greater than all before. */
export function nextNumber(database: SqliteDatabase, name: string): number {
  const sql = 'INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value';
  return Number(database.get(sql, name)?.['value']);
}
