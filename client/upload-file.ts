import type { FileEntry, UploadReply, UploadState, UploadTicket } from '../contracts/files.ts';
import { abortable } from './abortable.ts';
import { filesEndpoints as at } from './endpoints.ts';
import type { UploadOptions, UploadSource } from './file-types.ts';
import type { FilesContext } from './files.ts';
import { KeptState } from './kept-state.ts';
import { invalidAnswer } from './network-error.ts';
import { persist } from './persist.ts';
import { PlinthError } from './plinth-error.ts';
import { expectObject } from './read-answer.ts';
import { sendBytes } from './send-bytes.ts';
import type { Endpoint } from './transport.ts';
import { UploadMeter } from './upload-meter.ts';
import { sendParts } from './upload-parts.ts';
import { openSource, type SourceFile } from './upload-source.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** Larger files go in parts: `fileLimits.singleUploadBytes`. */
export const singleUploadBytes = 16 * 1024 * 1024;
/** After so long the backend gives up what was left: `fileLimits.abandonedAfterSeconds`. */
const keptDays = 7;

/** Which file is to get the bytes. */
export interface UploadTarget {
  readonly folder: string;
  /** `createUpload` or `replaceFile`. */
  readonly begin: Endpoint;
  readonly path: Readonly<Record<string, string>>;
  readonly record?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An upload that has begun. */
interface Begun {
  readonly file: FileEntry;
  /** Undefined where all has arrived. */
  readonly ticket?: UploadTicket;
  /** The parts that need not be sent. */
  readonly arrived: readonly number[];
}

const isNotFound = (failure: unknown): boolean => failure instanceof PlinthError && failure.status === 404;

/** The store has dropped what had arrived: the next try must begin anew. */
const isLost = (failure: unknown): boolean =>
  isNotFound(failure) || (failure instanceof PlinthError && failure.code === 'upload_incomplete');

const toBase64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** One upload from its beginning to its end. */
class Upload {
  readonly #context: FilesContext;
  readonly #target: UploadTarget;
  readonly #source: SourceFile;
  readonly #options: UploadOptions;
  readonly #signal: AbortSignal;
  readonly #kept: KeptState;

  constructor(context: FilesContext, target: UploadTarget, source: SourceFile, options: UploadOptions) {
    this.#context = context;
    this.#target = target;
    this.#source = source;
    this.#options = options;
    this.#kept = KeptState.of(context.storage);
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async run(): Promise<FileEntry> {
    const { blob } = this.#source;
    const note = this.#note();
    const meter = new UploadMeter(blob.size, this.#options.onProgress);
    const begun = (note === undefined ? undefined : await this.#goOn(note)) ?? (await this.#begin(note));
    const path = { folder: this.#target.folder, id: begun.file.id };
    try {
      await this.#send(begun, path, meter);
    } catch (failure) {
      if (note !== undefined && isLost(failure)) await this.#kept.remove(note);
      // Nobody waits for it: a cancel is to be felt at once.
      if (note === undefined || isLost(failure)) this.#giveUp(path);
      throw failure;
    }
    meter.finish();
    if (note !== undefined) await this.#kept.remove(note);
    return waitUntilReady(this.#context.transport, begun.file, this.#options);
  }

  /** The name under which it is noted what has begun; undefined when nothing is to be. */
  #note(): string | undefined {
    const { resume = false } = this.#options;
    const { blob, name, type, lastModified } = this.#source;
    if (resume === false || blob.size <= singleUploadBytes) return undefined;
    if (resume === true && (name === undefined || lastModified === undefined)) {
      throw new TypeError('These bytes have no name and date to know them by. Give `resume` a text that stands for them.');
    }
    const { path, record } = this.#target;
    const known = resume === true ? [name, type, lastModified] : resume;
    return `upload ${JSON.stringify([path, record, blob.size, known])}`;
  }

  /** What was left of an upload of the same bytes. */
  async #goOn(note: string): Promise<Begun | undefined> {
    const { transport } = this.#context;
    const id = await this.#kept.get(note);
    if (id === undefined) return undefined;
    const call = { path: { folder: this.#target.folder, id }, signal: this.#signal };
    try {
      const file = (await transport.send(at.readFile, call)) as FileEntry;
      // What was new is complete, and only the answer was lost. A file with new bytes was there before and tells nothing.
      if (file.status === 'ready' && this.#target.begin === at.createUpload) return { file, arrived: [] };
      const { kind, partSizeBytes, partCount, arrived, expiresAt } = (await transport.send(at.readUpload, call)) as UploadState;
      if (kind !== 'parts' || partSizeBytes === undefined || partCount === undefined) return undefined;
      return { file, ticket: { kind, partSizeBytes, partCount, expiresAt }, arrived };
    } catch (failure) {
      if (!isNotFound(failure)) throw failure;
      // It was given up or swept.
      await this.#kept.remove(note);
      return undefined;
    }
  }

  async #begin(note: string | undefined): Promise<Begun> {
    const { begin, path, headers = {}, record } = this.#target;
    const { blob } = this.#source;
    const { metadata, idempotencyKey } = this.#options;
    const name = this.#options.name ?? this.#source.name;
    if (name === undefined && begin === at.createUpload) throw new TypeError('Give the file a name: these bytes have none.');
    const type = (this.#options.type ?? this.#source.type) || 'application/octet-stream';
    const body = { name, type, sizeBytes: blob.size, record, metadata, checksumSha256: await this.#checksum() };
    if (this.#signal.aborted) throw this.#signal.reason;
    const replied = this.#context.transport.send(begin, { path, headers, body, idempotencyKey });
    const { file, upload } = await abortable(replied, this.#signal)
      .catch((failure: unknown) => {
        // The answer that nobody waits for any more names what is to be given up.
        if (this.#signal.aborted)
          replied.then(
            (reply) => this.#giveUp({ folder: this.#target.folder, id: (reply as UploadReply).file.id }),
            () => undefined,
          );
        throw failure;
      })
      .then((reply) => expectObject(reply) as unknown as UploadReply);
    if (upload?.kind !== 'post' && upload?.kind !== 'parts') throw invalidAnswer('where the bytes go is missing');
    if (note !== undefined) await this.#kept.set(note, file.id, keptDays);
    return { file, ticket: upload, arrived: [] };
  }

  async #checksum(): Promise<string | undefined> {
    const { blob } = this.#source;
    const subtle = globalThis.crypto?.subtle;
    if (this.#options.checksum === false || blob.size > singleUploadBytes || subtle === undefined) return undefined;
    return toBase64(await subtle.digest('SHA-256', await blob.arrayBuffer()));
  }

  async #send({ ticket, arrived }: Begun, path: Readonly<Record<string, string>>, meter: UploadMeter): Promise<void> {
    if (ticket === undefined) return;
    if (ticket.kind === 'post') return this.#sendForm(ticket.url, ticket.fields, meter);
    const { transport, fetch } = this.#context;
    const { blob } = this.#source;
    const { partSizeBytes, partCount } = ticket;
    const numbers = Array.from({ length: partCount }, (_, index) => index + 1);
    const missing = numbers.filter((number) => !arrived.includes(number));
    for (const number of arrived) meter.add(number, Math.min(partSizeBytes, blob.size - (number - 1) * partSizeBytes));
    await sendParts({ transport, fetch, path, blob, partSizeBytes, missing, meter, signal: this.#signal });
    await this.#complete(path);
  }

  async #sendForm(url: string, fields: Readonly<Record<string, string>>, meter: UploadMeter): Promise<void> {
    const { blob } = this.#source;
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    // Without a type of its own: the form's field tells it.
    body.append('file', blob);
    const onSent = (sentBytes: number): void => meter.add(1, sentBytes);
    const request = { method: 'POST', url, headers: {}, body, sizeBytes: blob.size, signal: this.#signal, onSent } as const;
    await persist(() => sendBytes(request, this.#context.fetch), this.#signal);
  }

  async #complete(path: Readonly<Record<string, string>>): Promise<void> {
    let asked = 0;
    await persist(async () => {
      asked += 1;
      try {
        await this.#context.transport.send(at.completeUpload, { path, signal: this.#signal });
      } catch (failure) {
        // An earlier try was done, and its answer lost: there is no upload any more.
        if (asked === 1 || !isNotFound(failure)) throw failure;
      }
    }, this.#signal);
  }

  #giveUp(path: Readonly<Record<string, string>>): void {
    // What cannot be reached now is swept by the backend later.
    this.#context.transport.send(at.abortUpload, { path, repeatable: true }).catch(() => undefined);
  }
}

/**
 * Uploads bytes: asks where they go, sends them, and waits until the backend has looked at them.
 *
 * @throws FileRefusedError when it did not like what it saw
 */
export const uploadFile = async (
  context: FilesContext,
  target: UploadTarget,
  source: UploadSource,
  options: UploadOptions,
): Promise<FileEntry> => new Upload(context, target, await openSource(source), options).run();
