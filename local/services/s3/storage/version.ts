import type { SqlRow } from '../../sqlite-database.ts';
import type { Blob } from './blob-folder.ts';

/** How a checksum of an object came about: over all bytes, or over the checksums of the parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** In upper case: `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1`, `SHA256`. */
export interface Checksum {
  readonly algorithm: string;
  /** base64; that of parts ends in `-` and their number. */
  readonly value: string;
  readonly type: ChecksumType;
}

export interface PartDetails {
  readonly number: number;
  readonly size: number;
  readonly checksum?: string;
}

/** What is stored beside the bytes. */
export interface ObjectDetails {
  /** `content-type`, `cache-control`, … and `x-amz-meta-…`, as they are answered. */
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass?: string;
  readonly checksum?: Checksum;
  /** Only of objects that came in parts. */
  readonly parts?: readonly PartDetails[];
}

export type Tags = Readonly<Record<string, string>>;

/** A version of an object, or a delete marker. */
export interface ObjectVersion {
  /** Greater than those of all versions before. */
  readonly sequence: number;
  readonly bucket: string;
  readonly key: string;
  /** `null` where versioning is not on. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isMarker: boolean;
  readonly size: number;
  /** Hexadecimal, without quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly blobs: readonly Blob[];
  readonly details: ObjectDetails;
  readonly tags: Tags;
}

export const versionOf = (row: SqlRow): ObjectVersion => ({
  sequence: Number(row['sequence']),
  bucket: String(row['bucket']),
  key: String(row['key']),
  versionId: String(row['version_id']),
  isLatest: row['is_latest'] === 1,
  isMarker: row['is_marker'] === 1,
  size: Number(row['size']),
  etag: String(row['etag']),
  modifiedAt: Number(row['modified_at']),
  blobs: readBlobs(String(row['blobs'])),
  details: JSON.parse(String(row['details'])) as ObjectDetails,
  tags: JSON.parse(String(row['tags'])) as Tags,
});

const readBlobs = (text: string): Blob[] => (JSON.parse(text) as [string, number][]).map(([name, size]) => ({ name, size }));

export const writeBlobs = (blobs: readonly Blob[]): string => JSON.stringify(blobs.map(({ name, size }) => [name, size]));
