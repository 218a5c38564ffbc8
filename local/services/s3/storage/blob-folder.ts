import { randomUUID } from 'node:crypto';
import { constants, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file with a piece of an object. It never changes. */
export interface Blob {
  readonly name: string;
  readonly size: number;
}

const READ_BYTES = 256 * 1024;

/** The bytes of all objects: files under random names, since keys know more characters, and fewer equals, than file systems do. */
export class BlobFolder {
  readonly #folder: string;
  readonly #incoming: string;
  readonly #durable: boolean;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(folder: string, durable: boolean) {
    this.#folder = join(folder, 'blobs');
    this.#incoming = join(folder, 'incoming');
    this.#durable = durable;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // What was on its way when a process ended was never acknowledged.
    rmSync(this.#incoming, { recursive: true, force: true });
    mkdirSync(this.#incoming, { mode: 0o700 });
  }

  /** Removes the files that no object and no part of an upload has. */
  removeOrphans(known: ReadonlySet<string>): void {
    for (const entry of readdirSync(this.#folder, { withFileTypes: true, recursive: true })) {
      if (entry.isFile() && !known.has(entry.name)) rmSync(join(entry.parentPath, entry.name), { force: true });
    }
  }

  async create(): Promise<BlobWriter> {
    const name = randomUUID();
    const temporary = join(this.#incoming, name);
    const handle = await open(temporary, 'wx', 0o600);
    return new BlobWriter({ name, temporary, final: this.#place(name), durable: this.#durable }, handle);
  }

  /** The same bytes under another name, so that each may go without the other. */
  async duplicate(blob: Blob): Promise<Blob> {
    const name = randomUUID();
    const [from, to] = [this.#path(blob.name), this.#place(name)];
    try {
      await link(from, to);
    } catch {
      // Not every file system has hard links.
      await copyFile(from, to, constants.COPYFILE_FICLONE);
    }
    return { name, size: blob.size };
  }

  /**
   * Reads from the blobs one after the other.
   *
   * @param end the first byte that is not read any more
   */
  read(blobs: readonly Blob[], start: number, end: number): Readable {
    for (const { name } of blobs) this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    const stream = Readable.from(this.#chunks(blobs, start, end), { objectMode: false, highWaterMark: READ_BYTES });
    return stream.once('close', () => this.#release(blobs));
  }

  /** Removes blobs as soon as nobody reads them any more. */
  async remove(blobs: readonly Blob[]): Promise<void> {
    for (const { name } of blobs) {
      if (this.#readers.has(name)) this.#doomed.add(name);
      else await rm(this.#path(name), { force: true });
    }
  }

  #release(blobs: readonly Blob[]): void {
    for (const { name } of blobs) {
      const left = (this.#readers.get(name) ?? 1) - 1;
      if (left > 0) {
        this.#readers.set(name, left);
        continue;
      }
      this.#readers.delete(name);
      if (this.#doomed.delete(name)) rmSync(this.#path(name), { force: true });
    }
  }

  async *#chunks(blobs: readonly Blob[], start: number, end: number): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const { name, size } of blobs) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size);
      offset += size;
      if (from < to) yield* chunksOf(this.#path(name), from, to);
    }
  }

  #path(name: string): string {
    return join(this.#folder, name.slice(0, 2), name);
  }

  #place(name: string): string {
    mkdirSync(join(this.#folder, name.slice(0, 2)), { recursive: true, mode: 0o700 });
    return this.#path(name);
  }
}

async function* chunksOf(file: string, from: number, to: number): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    for (let position = from; position < to; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, to - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new Error(`${file} is shorter than it was`);
      position += bytesRead;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** A blob on its way. It is there once {@link BlobWriter.keep} has returned, and then with all of its bytes. */
export class BlobWriter {
  readonly #place: { readonly name: string; readonly temporary: string; readonly final: string; readonly durable: boolean };
  readonly #handle: FileHandle;
  #size = 0;

  constructor(place: { name: string; temporary: string; final: string; durable: boolean }, handle: FileHandle) {
    this.#place = place;
    this.#handle = handle;
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#handle.writev([chunk]);
    this.#size += chunk.length;
  }

  async keep(): Promise<Blob> {
    const { name, temporary, final, durable } = this.#place;
    if (durable) await this.#handle.sync();
    await this.#handle.close();
    await rename(temporary, final);
    return { name, size: this.#size };
  }

  async discard(): Promise<void> {
    // It is closed already when it could not be kept.
    await this.#handle.close().catch(() => {});
    await rm(this.#place.temporary, { force: true });
  }
}
