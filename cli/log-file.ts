import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A log that nobody looks at must not fill the disk. */
const MAX_BYTES = 20_000_000;

/** A file of JSON lines. Each start begins a new one and keeps the one before, as `log.previous.jsonl`. */
export class LogFile {
  readonly #file: string;
  readonly #maxBytes: number;
  #descriptor: number;
  #bytes: number;

  /** @param maxBytes from here on a new file is begun @default 20 MB */
  constructor(file: string, maxBytes = MAX_BYTES) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#descriptor = this.#begin();
    this.#bytes = 0;
  }

  write(entry: Readonly<Record<string, unknown>>): void {
    const line = `${JSON.stringify(entry)}\n`;
    if (this.#bytes > 0 && this.#bytes + line.length > this.#maxBytes) {
      closeSync(this.#descriptor);
      this.#descriptor = this.#begin();
      this.#bytes = 0;
    }
    this.#bytes += writeSync(this.#descriptor, line);
  }

  #begin(): number {
    const descriptor = openSync(this.#file, 'a', 0o600);
    if (fstatSync(descriptor).size === 0) return descriptor;
    closeSync(descriptor);
    renameSync(this.#file, this.#file.replace(/(\.\w+)?$/, '.previous$1'));
    return openSync(this.#file, 'a', 0o600);
  }
}
