import type { CompiledVariant } from './compiled.ts';
import type { causeAttribute, StoredCause } from './events.ts';

/**
 * The table of files, one item a file, and one item a user with what it keeps. Writers are lambdas/files; the construct makes it.
 * Reading a file is one GetItem; a list is one Query on an index.
 */
export const filesTable = {
  /**
   * A file's id; `U#<sub>` for a user's usage; `R#<object key>` for a {@link StoredReminder}; `I#<sub>#<key>` for an
   * `Idempotency-Key`; `K#cursor` for the key that seals cursors.
   */
  partitionKey: 'id',
  /** Seconds since the epoch: pending uploads that are given up, refused files that are forgotten. */
  timeToLive: 'expiresAt',
  /** The files of a folder as a whole, or of one record: `place` is `<folder>` or `<folder>#<record>`. Sorted by `id`. */
  byPlace: { name: 'byPlace', partition: 'place', sort: 'id' },
  /** The files of one user in a folder: `ownerPlace` is `<folder>#<sub>`. Sorted by `id`. */
  byOwner: { name: 'byOwner', partition: 'ownerPlace', sort: 'id' },
} as const;

/** The prefix of the ids of usage items: no file id begins so. */
export const usagePrefix = 'U#';

/** What a user keeps, as it is stored under `U#<sub>`. */
export interface StoredUsage {
  readonly id: string;
  readonly usedBytes: number;
}

/** The prefix of the ids of reminders, before the object's key. */
export const reminderPrefix = 'R#';

/**
 * Is written before bytes are on their way to a key that no row in time to live answers for: those of a replacement, and of a file
 * that moves. When its time is over, whoever hears of it looks at the file `fileId`:
 *
 * - its `upload` still has this key: the upload is taken out of the row, and its bytes out of the owner's usage;
 * - its `key` is another: the object is deleted, if there is one.
 *
 * A move takes its reminder away itself; that of a replacement stays, and finds nothing to do when the bytes have arrived.
 */
export interface StoredReminder {
  readonly id: string;
  readonly fileId: string;
  readonly key: string;
  readonly expiresAt: number;
}

/** A file as it is stored. */
export interface StoredFile {
  readonly id: string;
  readonly folder: string;
  readonly owner: string;
  readonly record?: string;
  readonly place: string;
  readonly ownerPlace: string;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly status: 'pending' | 'ready' | 'refused';
  readonly reason?: string;
  readonly checksumSha256?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The S3 key of the bytes that are served. Absent before the first ones are ready. */
  readonly key?: string;
  /** The bytes that are on their way. */
  readonly upload?: StoredUpload;
  readonly expiresAt?: number;
  /** The event whose handling began the last upload of the file. */
  readonly [causeAttribute]?: StoredCause;
}

export interface StoredUpload {
  readonly key: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly checksumSha256?: string;
  /** S3's id of a multipart upload. */
  readonly uploadId?: string;
  readonly partSizeBytes?: number;
  /** ISO 8601: when the upload is given up. */
  readonly expiresAt: string;
}

/**
 * Where objects are in the bucket. Each upload has a key of its own (`content`, random), so bytes at a key never change and caches
 * need no invalidation but for deletes. Every key of a folder begins with its prefix, which IAM and CloudFront go by.
 *
 * @param path the folder's path with its variable filled in: `avatars/<sub>`
 */
export const objectKey = (path: string, fileId: string, content: string): string => `${path}/${fileId}/${content}`;

/** Where the variants of an object are: under a prefix of their own, so that the function which makes them writes nowhere else. */
export const variantKey = (key: string, { file }: Pick<CompiledVariant, 'file'>): string => `${variantsPrefix}${key}/${file}`;
export const variantsPrefix = 'variants/';

/** Name of the object's user metadata that holds the id of its file. */
export const fileIdMetadata = 'plinth-file';

/** The parameter of a link by which S3 is told how a browser saves the file. CloudFront hands it on in private folders only. */
export const dispositionParameter = 'response-content-disposition';

/**
 * What a file counts in its owner's usage: the bytes that are served and those that are on their way. Every write that changes the
 * outcome changes the usage in the same transaction.
 */
export const countedBytes = ({ key, sizeBytes, upload }: Pick<StoredFile, 'key' | 'sizeBytes' | 'upload'>): number =>
  (key === undefined ? 0 : sizeBytes) + (upload?.sizeBytes ?? 0);

/** The tag of a bucket that may be emptied. A stack that becomes one of production takes the tag away before what empties the bucket goes. */
export const emptyOnDeleteTag = 'plinth:empty-on-delete';
