import type { PartsReply } from '../contracts/files.ts';
import { filesEndpoints as at } from './endpoints.ts';
import { invalidAnswer } from './network-error.ts';
import { persist } from './persist.ts';
import { PlinthError } from './plinth-error.ts';
import { expectObject } from './read-answer.ts';
import { sendBytes } from './send-bytes.ts';
import type { Transport } from './transport.ts';
import type { UploadMeter } from './upload-meter.ts';

/** Parts that go out at a time. A browser opens six connections to a host. */
const parallel = 4;
/** The most that one request may ask for: `fileLimits.partsPerRequest`. */
const partsPerRequest = 100;

type Part = PartsReply['parts'][number];

/** An upload in parts. */
export interface PartsUpload {
  readonly transport: Transport;
  readonly fetch: typeof fetch | undefined;
  readonly path: Readonly<Record<string, string>>;
  readonly blob: Blob;
  readonly partSizeBytes: number;
  readonly missing: readonly number[];
  readonly meter: UploadMeter;
  readonly signal: AbortSignal;
}

/** Where parts go. Asked for in batches, and anew when one has run out. */
class PartUrls {
  readonly #upload: PartsUpload;
  #known = new Map<number, Promise<Part>>();

  constructor(upload: PartsUpload) {
    this.#upload = upload;
  }

  /** @param pending the parts that are left, this one first */
  of(partNumber: number, pending: readonly number[]): Promise<Part> {
    const known = this.#known.get(partNumber);
    if (known !== undefined) return known;
    const partNumbers = pending.filter((number) => !this.#known.has(number)).slice(0, partsPerRequest);
    const batch = this.#ask(partNumbers);
    for (const number of partNumbers) {
      const part = batch.then((parts) => parts.get(number) ?? Promise.reject(invalidAnswer(`part ${number} is missing`)));
      // Whoever waits for it is told; a part that nobody waits for yet must not end the process.
      part.catch(() => undefined);
      this.#known.set(number, part);
    }
    return this.of(partNumber, pending);
  }

  /** The others of the batch run out at the same time. */
  forget(): void {
    this.#known = new Map();
  }

  async #ask(partNumbers: readonly number[]): Promise<ReadonlyMap<number, Part>> {
    const { transport, path, signal } = this.#upload;
    const answer = expectObject(await transport.send(at.createParts, { path, body: { partNumbers }, signal, repeatable: true }));
    if (!Array.isArray(answer['parts'])) throw invalidAnswer('the parts are missing');
    return new Map(answer['parts'].map((part: Part) => [part.partNumber, part]));
  }
}

/** The platform writes these by itself, and browsers let nobody else. */
const settable = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(content-length|host)$/i.test(name)));

/** What expired URLs answer: the signature's own time, or that of the credentials which signed. */
const hasRunOut = (failure: unknown): boolean => failure instanceof PlinthError && failure.status === 403;

/** Sends the missing parts of an upload, some at a time. The first that fails for good stops all. */
export const sendParts = async (upload: PartsUpload): Promise<void> => {
  const { blob, partSizeBytes, meter } = upload;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(upload.signal.reason);
  upload.signal.addEventListener('abort', stop);
  if (upload.signal.aborted) stop();
  const { signal } = stopping;
  const urls = new PartUrls({ ...upload, signal });
  const pending = [...upload.missing];

  const send = async (partNumber: number): Promise<void> => {
    const body = blob.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
    const { url, headers } = await urls.of(partNumber, [partNumber, ...pending]);
    const onSent = (sentBytes: number): void => meter.add(partNumber, sentBytes);
    await sendBytes({ method: 'PUT', url, headers: settable(headers), body, sizeBytes: body.size, signal, onSent }, upload.fetch);
    meter.add(partNumber, body.size);
  };
  const renew = (failure: unknown): boolean => {
    const isOver = hasRunOut(failure);
    if (isOver) urls.forget();
    return isOver;
  };
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) await persist(() => send(next as number), signal, renew);
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
  } catch (failure) {
    stopping.abort(failure);
    throw failure;
  } finally {
    upload.signal.removeEventListener('abort', stop);
  }
};
