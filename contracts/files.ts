import { defineRoutes } from './route.ts';

const placeErrors = ['unknown_folder', 'not_found', 'validation_failed', 'unknown_field'] as const;
const uploadErrors = [
  ...placeErrors,
  'invalid_path',
  'type_not_allowed',
  'file_too_large',
  'quota_exceeded',
  'idempotency_mismatch',
  'in_progress',
  'invalid_idempotency_key',
  'already_exists',
  'write_conflict',
] as const;
const fileErrors = ['unknown_folder', 'not_found', 'invalid_id'] as const;
const changeErrors = [...fileErrors, 'version_mismatch', 'invalid_precondition', 'write_conflict'] as const;

/** The routes of the files feature. `{folder}` is the key of a folder in the definition, for example `avatars`. */
export const filesRoutes = defineRoutes({
  readUsage: {
    method: 'GET',
    path: '/files/usage',
    access: 'signedIn',
    summary: 'Tells how much the caller keeps in all folders, and how much that may be',
    status: 200,
    errors: [],
  },
  listFiles: {
    method: 'GET',
    path: '/files/{folder}',
    access: 'rules',
    summary: 'Lists the files of a folder, of one owner or of one record, newest first, page by page',
    status: 200,
    errors: [...placeErrors, 'invalid_cursor', 'index_required'],
  },
  createUpload: {
    method: 'POST',
    path: '/files/{folder}',
    access: 'rules',
    summary: 'Begins the upload of a new file: gives where its bytes go',
    status: 201,
    body: 'required',
    errors: uploadErrors,
  },
  readFile: {
    method: 'GET',
    path: '/files/{folder}/{id}',
    access: 'rules',
    summary: 'Reads what is known of a file',
    status: 200,
    errors: fileErrors,
  },
  updateFile: {
    method: 'PATCH',
    path: '/files/{folder}/{id}',
    access: 'rules',
    summary: 'Changes the name or the metadata of a file',
    status: 200,
    body: 'required',
    errors: [...changeErrors, 'validation_failed', 'unknown_field', 'read_only_field', 'invalid_path'],
  },
  deleteFile: {
    method: 'DELETE',
    path: '/files/{folder}/{id}',
    access: 'rules',
    summary: 'Deletes a file, its variants and an upload that is under way',
    status: 204,
    errors: changeErrors,
  },
  createLink: {
    method: 'GET',
    path: '/files/{folder}/{id}/link',
    access: 'rules',
    summary: 'Gives a URL for the bytes of a file, or of a variant: short-lived, or lasting in public folders',
    status: 200,
    errors: [...fileErrors, 'validation_failed', 'unknown_field', 'not_ready'],
  },
  replaceFile: {
    method: 'POST',
    path: '/files/{folder}/{id}/upload',
    access: 'rules',
    summary: 'Begins the upload of new bytes for a file; the old ones are served until the new ones have arrived',
    status: 201,
    body: 'required',
    errors: [...changeErrors, ...uploadErrors],
  },
  readUpload: {
    method: 'GET',
    path: '/files/{folder}/{id}/upload',
    access: 'rules',
    summary: 'Tells which parts of an upload have arrived, so that it can go on',
    status: 200,
    errors: fileErrors,
  },
  abortUpload: {
    method: 'DELETE',
    path: '/files/{folder}/{id}/upload',
    access: 'rules',
    summary: 'Gives an upload up; what has arrived of it is deleted',
    status: 204,
    errors: [...fileErrors, 'write_conflict'],
  },
  createParts: {
    method: 'POST',
    path: '/files/{folder}/{id}/upload/parts',
    access: 'rules',
    summary: 'Gives where the next parts of an upload go',
    status: 200,
    body: 'required',
    errors: [...fileErrors, 'validation_failed', 'unknown_field'],
  },
  completeUpload: {
    method: 'POST',
    path: '/files/{folder}/{id}/upload/complete',
    access: 'rules',
    summary: 'Joins the parts of an upload',
    status: 202,
    errors: [...fileErrors, 'upload_incomplete'],
  },
  copyFile: {
    method: 'POST',
    path: '/files/{folder}/{id}/copy',
    access: 'rules',
    summary: 'Copies a file, to another folder or record too; the caller owns the copy',
    status: 201,
    body: 'required',
    errors: [...fileErrors, ...uploadErrors, 'not_ready'],
  },
  moveFile: {
    method: 'POST',
    path: '/files/{folder}/{id}/move',
    access: 'rules',
    summary: 'Moves a file to another folder or record; it keeps its id and its owner',
    status: 200,
    body: 'required',
    errors: [...changeErrors, ...uploadErrors, 'not_ready'],
  },
});

/** Bounds of the files API. Those of S3: "Amazon S3 multipart upload limits", "Object key naming guidelines". */
export const fileLimits = {
  /** UTF-8 bytes of a name after NFC. A key of S3 has 1,024 in all. */
  nameBytes: 255,
  /** Above it an upload is done in parts. */
  singleUploadBytes: 16 * 1024 * 1024,
  minPartBytes: 8 * 1024 * 1024,
  maxParts: 10_000,
  maxObjectBytes: 5 * 1024 ** 4,
  /** Parts whose URLs one request may ask for. */
  partsPerRequest: 100,
  metadataBytes: 2_048,
  pageSize: { default: 20, max: 100 },
  /** How long bytes may be sent with what an upload was given, in seconds. */
  uploadSeconds: 3_600,
  /** After so long, an upload that has not arrived is given up, in seconds. The bucket's lifecycle ends its parts on the same day. */
  abandonedAfterSeconds: 7 * 86_400,
} as const;

/**
 * - `pending`: the bytes have not arrived, or have not been looked at.
 * - `ready`: they can be had.
 * - `refused`: they were not what they were said to be; `reason` tells more. They are gone, and the entry goes after a day.
 */
export type FileStatus = 'pending' | 'ready' | 'refused';
export type RefusalReason = 'type_mismatch' | 'size_mismatch' | 'checksum_mismatch' | 'malware_found' | 'not_scanned' | 'quota_exceeded';

/** A file as the API returns it. */
export interface FileEntry {
  /** UUIDv7: ids sort by the time of creation. */
  readonly id: string;
  readonly folder: string;
  /** The `sub` of the user who uploaded it. */
  readonly owner: string;
  /** The id of the record that the folder's path names, where it names one. */
  readonly record?: string;
  /** The file's name, NFC. */
  readonly name: string;
  /** The media type, in lower case without parameters. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly status: FileStatus;
  readonly reason?: RefusalReason;
  /** New bytes are on their way while the old ones are still served. */
  readonly replacing?: true;
  /** base64, where the upload told it. */
  readonly checksumSha256?: string;
  /** The app's own notes, texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** 1 at first, one more with every change. The `ETag` is made of it. */
  readonly version: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** In public folders: where the bytes are served. Changes when the file is replaced. */
  readonly url?: string;
  /** In public folders: the URLs of the image variants by name. */
  readonly variants?: Readonly<Record<string, string>>;
}

/** Where the bytes of an upload go. */
export type UploadTicket =
  | {
      /** One HTML form POST (S3, "Browser-based uploads using POST"): the fields in this order, then the bytes as the field `file`. */
      readonly kind: 'post';
      readonly url: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly expiresAt: string;
    }
  | {
      /** Parts of this size, the last one with what is left. Ask `createParts` for their URLs, PUT them in any order, then `completeUpload`. */
      readonly kind: 'parts';
      readonly partSizeBytes: number;
      readonly partCount: number;
      readonly expiresAt: string;
    };

/** What `createUpload` and `replaceFile` answer. */
export interface UploadReply {
  readonly file: FileEntry;
  readonly upload: UploadTicket;
}

/** What `createParts` answers. Each part must be sent with exactly these headers and exactly so many bytes: both are signed. */
export interface PartsReply {
  readonly parts: readonly {
    readonly partNumber: number;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly sizeBytes: number;
  }[];
}

/** What `readUpload` answers. */
export interface UploadState {
  readonly kind: UploadTicket['kind'];
  readonly partSizeBytes?: number;
  readonly partCount?: number;
  /** The parts that have arrived whole. */
  readonly arrived: readonly number[];
  readonly expiresAt: string;
}

/** What `createLink` answers. */
export interface FileLink {
  readonly url: string;
  /** Absent where the URL lasts. */
  readonly expiresAt?: string;
}

/** What `readUsage` answers. */
export interface FilesUsage {
  readonly usedBytes: number;
  readonly quotaBytes: number;
}
