import type { Page } from '../contracts/data.ts';
import type { FileLink } from '../contracts/files.ts';
import { filesEndpoints as at } from './endpoints.ts';
import type {
  DownloadOptions,
  FilePatch,
  FilePlace,
  FileQuery,
  FolderName,
  LinkQuery,
  NewFileRest,
  ReplaceOptions,
  StoredFile,
  UploadOptions,
  UploadSource,
  VariantName,
} from './file-types.ts';
import { invalidAnswer } from './network-error.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { TokenStorage } from './token-storage.ts';
import {
  type Call,
  type CallOptions,
  type ChangeOptions,
  type Endpoint,
  ifMatchHeader,
  type Transport,
  type WriteOptions,
} from './transport.ts';

/** What the files of all folders need. */
export interface FilesContext {
  readonly transport: Transport;
  /** Where unfinished uploads are noted. */
  readonly storage: TokenStorage;
  /** The application's own. @default the platform's ways to send bytes */
  readonly fetch: typeof fetch | undefined;
}

/**
 * The files of one folder: a method for each route under `/files/{folder}`, and `upload`, which takes all steps of an upload.
 * `D` is the definition, `F` the folder's name; all types come from the definition.
 *
 * @example
 * ```ts
 * const avatar = await client.files.avatars.upload(input.files[0], { onProgress: ({ loadedBytes }) => show(loadedBytes) });
 * image.src = avatar.variants?.small;
 * const { items } = await client.files.avatars.list();
 * ```
 */
export class FolderClient<D, F extends FolderName<D>> {
  readonly #context: FilesContext;
  readonly #folder: string;

  constructor(context: FilesContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
  }

  /**
   * Uploads a new file: in one piece up to 16 MiB, else in parts, four at a time. Parts that fail are sent again. Resolves when the
   * backend has looked at the bytes.
   *
   * @throws FileRefusedError when the bytes are not what they were said to be
   * @throws the reason of `signal` as soon as it says stop
   */
  async upload(file: UploadSource, ...[options = {} as never]: NewFileRest<D, F>): Promise<StoredFile<D, F>> {
    const { record, ...others } = options as UploadOptions & { readonly record?: string };
    return this.#upload({ begin: at.createUpload, path: { folder: this.#folder }, record }, file, others);
  }

  /** Gives a file new bytes, as {@link upload} does. The old ones are served until the new ones have been looked at. */
  replace(id: string, file: UploadSource, { ifMatch, ...options }: ReplaceOptions = {}): Promise<StoredFile<D, F>> {
    return this.#upload({ begin: at.replaceFile, path: this.#path(id), headers: ifMatchHeader(ifMatch) }, file, options);
  }

  /** Gives up an upload that is under way, or was left. What has arrived of it is deleted. */
  async abort(id: string, options?: CallOptions): Promise<void> {
    await this.#send(at.abortUpload, { path: this.#path(id), signal: options?.signal });
  }

  /** A page of the files, newest first. Give `cursor` of the page back to get the next one. */
  async list({ owner, record, status, order, limit, cursor }: FileQuery = {}, options?: CallOptions): Promise<Page<StoredFile<D, F>>> {
    const query = { owner, record, status, order, limit, cursor };
    return expectPage(await this.#send(at.listFiles, { path: { folder: this.#folder }, query, signal: options?.signal }));
  }

  /** The files of all pages, one after the other. A page is asked for when the loop gets there. */
  async *all(query: FileQuery = {}, options?: CallOptions): AsyncGenerator<StoredFile<D, F>, void, undefined> {
    let { cursor } = query;
    do {
      const page = await this.list({ ...query, cursor }, options);
      yield* page.items;
      if (page.cursor !== undefined && page.cursor === cursor) throw invalidAnswer('the list does not go on');
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** What is known of one file. */
  read(id: string, options?: CallOptions): Promise<StoredFile<D, F>> {
    return this.#file(at.readFile, { path: this.#path(id), signal: options?.signal });
  }

  /** Changes the name or the notes. */
  update(id: string, patch: FilePatch, options?: ChangeOptions): Promise<StoredFile<D, F>> {
    return this.#file(at.updateFile, { ...this.#change(id, options), body: patch });
  }

  /** Deletes the file, its variants and an upload that is under way. */
  async delete(id: string, options?: ChangeOptions): Promise<void> {
    await this.#send(at.deleteFile, this.#change(id, options));
  }

  /** Copies the file. The caller owns the copy. */
  copy<T extends FolderName<D>>(id: string, to: FilePlace<D, T>, options?: WriteOptions): Promise<StoredFile<D, T>> {
    return this.#file(at.copyFile, { ...this.#change(id, options), body: to });
  }

  /** Moves the file. It keeps its id and its owner. */
  move<T extends FolderName<D>>(id: string, to: FilePlace<D, T>, options?: ChangeOptions): Promise<StoredFile<D, T>> {
    return this.#file(at.moveFile, { ...this.#change(id, options), body: to });
  }

  /** A URL for the bytes: short-lived, or lasting in public folders. */
  async link(
    id: string,
    { variant, download, expiresInSeconds }: LinkQuery<VariantName<D, F>> = {},
    options?: CallOptions,
  ): Promise<FileLink> {
    const query = { variant, download, expiresInSeconds };
    const link = expectObject(await this.#send(at.createLink, { path: this.#path(id), query, signal: options?.signal }));
    if (typeof link['url'] !== 'string') throw invalidAnswer('the link is missing');
    return link as unknown as FileLink;
  }

  /** The bytes of the file, or of an image variant. */
  async download(id: string, { variant, signal }: DownloadOptions<VariantName<D, F>> = {}): Promise<Blob> {
    const [{ readBytes }, { url }] = await Promise.all([import('./open-bytes.ts'), this.link(id, { variant }, { signal })]);
    return readBytes(url, signal, this.#context.fetch);
  }

  /** The bytes as they come, in the `body` of the response, for what is too large to hold. */
  async open(id: string, { variant, signal }: DownloadOptions<VariantName<D, F>> = {}): Promise<Response> {
    const [{ openBytes }, { url }] = await Promise.all([import('./open-bytes.ts'), this.link(id, { variant }, { signal })]);
    return openBytes(url, signal, this.#context.fetch);
  }

  async #upload(
    target: { readonly begin: Endpoint; readonly path: Readonly<Record<string, string>>; readonly record?: string | undefined } & Call,
    file: UploadSource,
    options: UploadOptions,
  ): Promise<StoredFile<D, F>> {
    // Most pages never upload: the code for it comes when it is needed.
    const { uploadFile } = await import('./upload-file.ts');
    return (await uploadFile(this.#context, { ...target, folder: this.#folder }, file, options)) as StoredFile<D, F>;
  }

  #path(id: string): Readonly<Record<string, string>> {
    return { folder: this.#folder, id };
  }

  #change(id: string, { ifMatch, idempotencyKey, signal }: ChangeOptions = {}): Call {
    return { path: this.#path(id), idempotencyKey, signal, headers: ifMatchHeader(ifMatch) };
  }

  #send(endpoint: Endpoint, call: Call): Promise<unknown> {
    return this.#context.transport.send(endpoint, call);
  }

  async #file<T>(endpoint: Endpoint, call: Call): Promise<T> {
    return expectObject(await this.#send(endpoint, call)) as T;
  }
}
