import { randomBytes } from 'node:crypto';
import type { SqliteDatabase } from '../../sqlite-database.ts';
import type { Bucket } from '../bucket.ts';
import type { Blob } from './blob-folder.ts';
import { nextNumber } from './database.ts';
import { type ObjectDetails, type ObjectVersion, type Tags, versionOf, writeBlobs } from './version.ts';

/** A version before it is stored. */
export interface NewVersion {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly blobs: readonly Blob[];
  readonly details: ObjectDetails;
  readonly tags: Tags;
}

/** What a change left behind. */
export interface Change {
  readonly version: ObjectVersion;
  /** To be removed once the change is stored. */
  readonly removed: readonly Blob[];
}

/** The versions of all objects. Its methods are synchronous; several are one change inside `Database.transaction`. */
export class VersionStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** The latest version, be it a delete marker, or the one with this id. */
  find(bucket: string, key: string, versionId?: string): ObjectVersion | undefined {
    const row =
      versionId === undefined
        ? this.#database.get('SELECT * FROM versions WHERE bucket = ? AND key = ? AND is_latest = 1', bucket, key)
        : this.#database.get('SELECT * FROM versions WHERE bucket = ? AND key = ? AND version_id = ?', bucket, key, versionId);
    return row && versionOf(row);
  }

  /** The object that is served under the key. */
  current(bucket: string, key: string): ObjectVersion | undefined {
    const latest = this.find(bucket, key);
    return latest?.isMarker === true ? undefined : latest;
  }

  put(bucket: Bucket, version: NewVersion): Change {
    return this.#add(bucket, version, false);
  }

  /** Hides the object by a delete marker, or deletes it where versioning never was on. Undefined: there was nothing to do. */
  delete(bucket: Bucket, key: string, now: number): Change | undefined {
    if (bucket.versioning !== undefined) {
      return this.#add(bucket, { key, size: 0, etag: '', modifiedAt: now, blobs: [], details: { headers: {} }, tags: {} }, true);
    }
    const latest = this.find(bucket.name, key);
    return latest && this.deleteVersion(latest);
  }

  /** Deletes one version for good; the one before it becomes the latest. */
  deleteVersion(version: ObjectVersion): Change {
    return this.#database.transaction(() => {
      const { bucket, key } = version;
      this.#database.run('DELETE FROM versions WHERE sequence = ?', version.sequence);
      if (version.isLatest) {
        const before = 'SELECT max(sequence) FROM versions WHERE bucket = ? AND key = ?';
        this.#database.run(`UPDATE versions SET is_latest = 1 WHERE sequence = (${before})`, bucket, key);
      }
      return { version: { ...version, sequence: nextNumber(this.#database, 'sequence') }, removed: version.blobs };
    });
  }

  setTags({ sequence }: ObjectVersion, tags: Tags): void {
    this.#database.run('UPDATE versions SET tags = ? WHERE sequence = ?', JSON.stringify(tags), sequence);
  }

  /** Objects in the order of their keys, which is that of their UTF-8 bytes. */
  *list(bucket: string, { from, after }: { from: string; after: string }): Generator<ObjectVersion> {
    const sql =
      'SELECT * FROM versions WHERE bucket = ? AND key >= ? AND key > ? AND is_latest = 1 AND is_marker = 0 ORDER BY bucket, key LIMIT 1000';
    yield* this.#pages(sql, bucket, { from, after });
  }

  *#pages(sql: string, bucket: string, { from, after }: { from: string; after: string }): Generator<ObjectVersion> {
    for (let last = after; ; ) {
      const rows = this.#database.all(sql, bucket, from, last);
      for (const row of rows) yield versionOf(row);
      if (rows.length < 1_000) return;
      last = String(rows.at(-1)?.['key']);
    }
  }

  /** All versions of the objects from a key on, the newest of each first. */
  *listVersions(bucket: string, { from, after, beforeSequence }: { from: string; after: string; beforeSequence: number }) {
    const sql =
      'SELECT * FROM versions WHERE bucket = ? AND key >= ? AND (key > ? OR (key = ? AND sequence < ?)) ORDER BY key, sequence DESC LIMIT 1000';
    for (let [last, sequence] = [after, beforeSequence]; ; ) {
      const rows = this.#database.all(sql, bucket, from, last, last, sequence);
      for (const row of rows) yield versionOf(row);
      if (rows.length < 1_000) return;
      last = String(rows.at(-1)?.['key']);
      sequence = Number(rows.at(-1)?.['sequence']);
    }
  }

  all(): ObjectVersion[] {
    return this.#database.all('SELECT * FROM versions ORDER BY bucket, key, sequence').map(versionOf);
  }

  /** The names of all blobs that objects or parts have. */
  blobNames(): ReadonlySet<string> {
    const sql = 'SELECT value ->> 0 AS name FROM versions, json_each(versions.blobs) UNION SELECT blob AS name FROM parts';
    return new Set(this.#database.all(sql).map(({ name }) => String(name)));
  }

  #add(bucket: Bucket, version: NewVersion, isMarker: boolean): Change {
    return this.#database.transaction(() => {
      const versionId = bucket.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
      const replaced = versionId === 'null' ? this.find(bucket.name, version.key, 'null') : undefined;
      if (replaced !== undefined) this.#database.run('DELETE FROM versions WHERE sequence = ?', replaced.sequence);
      this.#database.run('UPDATE versions SET is_latest = 0 WHERE bucket = ? AND key = ? AND is_latest = 1', bucket.name, version.key);
      const sequence = nextNumber(this.#database, 'sequence');
      const { key, size, etag, modifiedAt, blobs, details, tags } = version;
      this.#database.run(
        'INSERT INTO versions VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)',
        ...[sequence, bucket.name, key, versionId, isMarker ? 1 : 0, size, etag, modifiedAt],
        ...[writeBlobs(blobs), JSON.stringify(details), JSON.stringify(tags)],
      );
      return {
        version: { ...version, sequence, bucket: bucket.name, versionId, isLatest: true, isMarker },
        removed: replaced?.blobs ?? [],
      };
    });
  }
}
