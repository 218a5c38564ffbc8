import type { UploadProgress } from './file-types.ts';

/** Counts what has gone out of an upload. A part that is sent again does not turn the count back. */
export class UploadMeter {
  readonly #totalBytes: number;
  readonly #listener: ((progress: UploadProgress) => void) | undefined;
  readonly #sent = new Map<number, number>();
  #loadedBytes = -1;

  constructor(totalBytes: number, listener: ((progress: UploadProgress) => void) | undefined) {
    this.#totalBytes = totalBytes;
    this.#listener = listener;
    this.#tell(0);
  }

  /** So much of a part has gone out. */
  add(partNumber: number, sentBytes: number): void {
    this.#sent.set(partNumber, Math.max(sentBytes, this.#sent.get(partNumber) ?? 0));
    this.#tell([...this.#sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  }

  /** All bytes have arrived. */
  finish(): void {
    this.#tell(this.#totalBytes);
  }

  #tell(loadedBytes: number): void {
    if (loadedBytes <= this.#loadedBytes) return;
    this.#loadedBytes = loadedBytes;
    this.#listener?.({ loadedBytes: Math.min(loadedBytes, this.#totalBytes), totalBytes: this.#totalBytes });
  }
}
