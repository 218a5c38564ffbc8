import type { FoldersOf } from '../contracts/backend.ts';
import type { FileEntry, FileStatus } from '../contracts/files.ts';
import type { WrittenKeys } from './record-types.ts';
import type { CallOptions, WriteOptions } from './transport.ts';

// Types only: what a definition says about its folders, for the methods of FolderClient.

/** Names of the folders of a definition. */
export type FolderName<D> = WrittenKeys<FoldersOf<D>>;

type FolderOf<D, F extends string> = F extends keyof FoldersOf<D> ? FoldersOf<D>[F] : never;

/** Names of the image variants of a folder. */
export type VariantName<D, F extends FolderName<D>> =
  FolderOf<D, F> extends { readonly options: { readonly variants: infer V } } ? WrittenKeys<V> : never;

/** The model that the path of a folder names: `Note` of `notes/{Note}`; never where it names none. */
type RecordModel<D, F extends FolderName<D>> =
  FolderOf<D, F> extends { readonly path: `${string}{${infer Variable}}${string}` } ? Exclude<Variable, 'owner'> : never;

/** `record` must be given where the folder follows a record, and cannot be where it does not. */
type OfRecord<D, F extends FolderName<D>> = [RecordModel<D, F>] extends [never]
  ? { readonly record?: undefined }
  : { readonly record: string };

/** The last argument, which may be left out where nothing in it is required. */
type Rest<T> = Record<never, never> extends T ? [options?: T] : [options: T];

/**
 * A file of a folder, as this client gets it.
 *
 * @example
 * ```ts
 * import type { StoredFile } from 'plinth/client';
 * import type { backend } from './backend';
 * type Avatar = StoredFile<typeof backend, 'avatars'>;
 * ```
 */
export type StoredFile<D, F extends FolderName<D>> = Omit<FileEntry, 'variants'> & {
  /** In public folders: the URLs of the image variants by name. */
  readonly variants?: Readonly<Record<VariantName<D, F>, string>>;
};

/** The part of a `Blob` or `File` that is used here. */
export interface BlobSource {
  readonly size: number;
  readonly type: string;
  readonly name?: string;
  readonly lastModified?: number;
  slice(start?: number, end?: number, type?: string): BlobSource;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A file of a phone, as React Native's pickers give it. */
export interface NativeFile {
  readonly uri: string;
  readonly name?: string;
  readonly type?: string;
}

/** What can be uploaded. In Node, `openFile` of `plinth/node` makes a `File` of a path. Blobs and files are never read whole. */
export type UploadSource = BlobSource | ArrayBuffer | ArrayBufferView | NativeFile;

/** How far an upload is. Never goes back, and ends with both equal. */
export interface UploadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** Options of every upload. */
export interface UploadOptions extends WriteOptions {
  /** @default the file's own */
  readonly name?: string | undefined;
  /** The media type. @default the file's own, else `application/octet-stream` */
  readonly type?: string | undefined;
  /** The app's own notes, texts by name. @default none */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Called as bytes go out: steadily in browsers and React Native, elsewhere (and with an own `fetch`) with each part that has
   * arrived.
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Lets an upload in parts go on later: what has arrived stays when it fails or is cancelled, and uploading the same file again
   * sends the rest. `true` knows the file by its name, size and date; give a text of your own for bytes without these.
   * Files of up to 16 MiB go in one piece, and begin anew.
   * @default false: an upload that fails or is cancelled is given up, and what has arrived is deleted
   */
  readonly resume?: boolean | string | undefined;
  /**
   * Has the backend accept these very bytes only, by their SHA-256. Done for uploads in one piece where the platform can
   * (`crypto.subtle`: https pages and Node).
   * @default true
   */
  readonly checksum?: boolean | undefined;
  /**
   * How long to wait until the bytes have been looked at, in milliseconds; 0 does not wait. What is still `pending` after that is
   * returned as it is.
   * @default 60000
   */
  readonly readyTimeoutMs?: number | undefined;
}

/** Options of the upload of a new file. */
export type NewFileOptions<D, F extends FolderName<D>> = UploadOptions & OfRecord<D, F>;
/** The last argument of `upload`: required where the folder follows a record. */
export type NewFileRest<D, F extends FolderName<D>> = Rest<NewFileOptions<D, F>>;

/** Options of new bytes for a file that exists. */
export interface ReplaceOptions extends UploadOptions {
  /** Only if the file still has this `version`. @default whatever version it has */
  readonly ifMatch?: number | undefined;
}

/** Which files to list. */
export interface FileQuery {
  /** `me`, or the `sub` of a user. @default all whose files the caller may list */
  readonly owner?: 'me' | (string & {}) | undefined;
  /** The id of the record that the folder's path names. */
  readonly record?: string | undefined;
  /** @default 'ready' */
  readonly status?: FileStatus | 'any' | undefined;
  /** @default 'desc': newest first */
  readonly order?: 'asc' | 'desc' | undefined;
  /** Files a page: 1 to 100. @default 20 */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. @default the first page */
  readonly cursor?: string | undefined;
}

/** What can be changed of a file without touching its bytes. */
export interface FilePatch {
  readonly name?: string;
  /** Replaces all notes; null takes them away. */
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/** Where a copy goes, or a file that moves. */
export type FilePlace<D, F extends FolderName<D>> = {
  readonly folder: F;
  /** @default the name that it has */
  readonly name?: string;
} & OfRecord<D, F>;

/** Which link of a file. */
export interface LinkQuery<V extends string> {
  /** An image variant. @default the file itself */
  readonly variant?: V | undefined;
  /** The browser saves the file instead of showing it. @default false */
  readonly download?: boolean | undefined;
  /** How long the link is good for, at most what the definition allows. Public folders give lasting URLs. @default the definition's */
  readonly expiresInSeconds?: number | undefined;
}

/** Which bytes of a file. */
export interface DownloadOptions<V extends string> extends CallOptions {
  /** An image variant. @default the file itself */
  readonly variant?: V | undefined;
}
