import { randomBytes } from 'node:crypto';
import type { SqliteDatabase, SqlRow } from '../../sqlite-database.ts';
import type { Blob } from './blob-folder.ts';
import type { ChecksumType, ObjectDetails, Tags } from './version.ts';

/** A multipart upload that is under way. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiatedAt: number;
  /** The ARN of who began it. */
  readonly initiator: string;
  readonly details: ObjectDetails;
  readonly tags: Tags;
  readonly algorithm: string | undefined;
  readonly checksumType: ChecksumType | undefined;
}

/** A part that has arrived. */
export interface Part {
  readonly number: number;
  readonly blob: Blob;
  readonly etag: string;
  readonly checksum: { readonly algorithm: string; readonly value: string } | undefined;
  readonly modifiedAt: number;
}

/** The multipart uploads of all buckets. */
export class UploadStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  create(upload: Omit<Upload, 'id'>): Upload {
    const id = randomBytes(48).toString('base64url');
    const { bucket, key, initiatedAt, initiator, details, tags, algorithm, checksumType } = upload;
    this.#database.run(
      'INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[id, bucket, key, initiatedAt, initiator, JSON.stringify(details), JSON.stringify(tags), algorithm ?? null, checksumType ?? null],
    );
    return { ...upload, id };
  }

  find(bucket: string, key: string, id: string): Upload | undefined {
    const row = this.#database.get('SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?', id, bucket, key);
    return row && uploadOf(row);
  }

  /** In the order of keys, then of ids. */
  list(bucket: string, { prefix, after, afterId, limit }: { prefix: string; after: string; afterId: string; limit: number }): Upload[] {
    const sql =
      'SELECT * FROM uploads WHERE bucket = ? AND substr(key, 1, ?) = ? AND (key > ? OR (key = ? AND id > ?)) ORDER BY key, id LIMIT ?';
    return this.#database.all(sql, bucket, [...prefix].length, prefix, after, after, afterId, limit).map(uploadOf);
  }

  /** Those that were begun before a time, under a prefix. */
  begunBefore(bucket: string, prefix: string, time: number): Upload[] {
    const sql = 'SELECT * FROM uploads WHERE bucket = ? AND initiated_at <= ? AND substr(key, 1, ?) = ?';
    return this.#database.all(sql, bucket, time, [...prefix].length, prefix).map(uploadOf);
  }

  /** @returns the blob of the part that it replaces */
  putPart(uploadId: string, { number, blob, etag, checksum, modifiedAt }: Part): Blob[] {
    return this.#database.transaction(() => {
      const replaced = this.#database.get('SELECT blob, size FROM parts WHERE upload_id = ? AND number = ?', uploadId, number);
      this.#database.run(
        'INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[uploadId, number, blob.name, blob.size, etag, checksum === undefined ? null : JSON.stringify(checksum), modifiedAt],
      );
      return replaced === undefined ? [] : [{ name: String(replaced['blob']), size: Number(replaced['size']) }];
    });
  }

  parts(uploadId: string, { after = 0, limit = 10_000 } = {}): Part[] {
    const sql = 'SELECT * FROM parts WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?';
    return this.#database.all(sql, uploadId, after, limit).map(partOf);
  }

  /** @returns the blobs of its parts */
  remove(uploadId: string): Blob[] {
    return this.#database.transaction(() => {
      const blobs = this.parts(uploadId).map(({ blob }) => blob);
      this.#database.run('DELETE FROM parts WHERE upload_id = ?', uploadId);
      this.#database.run('DELETE FROM uploads WHERE id = ?', uploadId);
      return blobs;
    });
  }

  all(): Upload[] {
    return this.#database.all('SELECT * FROM uploads ORDER BY bucket, key, initiated_at').map(uploadOf);
  }
}

const uploadOf = (row: SqlRow): Upload => ({
  id: String(row['id']),
  bucket: String(row['bucket']),
  key: String(row['key']),
  initiatedAt: Number(row['initiated_at']),
  initiator: String(row['initiator']),
  details: JSON.parse(String(row['details'])) as ObjectDetails,
  tags: JSON.parse(String(row['tags'])) as Tags,
  algorithm: (row['algorithm'] as string | null) ?? undefined,
  checksumType: (row['checksum_type'] as ChecksumType | null) ?? undefined,
});

const partOf = (row: SqlRow): Part => ({
  number: Number(row['number']),
  blob: { name: String(row['blob']), size: Number(row['size']) },
  etag: String(row['etag']),
  checksum: row['checksum'] === null ? undefined : (JSON.parse(String(row['checksum'])) as Part['checksum']),
  modifiedAt: Number(row['modified_at']),
});
