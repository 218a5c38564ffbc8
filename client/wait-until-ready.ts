import type { FileEntry } from '../contracts/files.ts';
import { sleep } from './abortable.ts';
import { filesEndpoints as at } from './endpoints.ts';
import { FileRefusedError } from './file-refused-error.ts';
import type { UploadOptions } from './file-types.ts';
import { expectObject } from './read-answer.ts';
import type { Transport } from './transport.ts';

const firstDelayMs = 100;
const maxDelayMs = 3_000;

/**
 * Asks for a file until its bytes have been looked at, or the time is over.
 *
 * @throws FileRefusedError when they were refused
 */
export const waitUntilReady = async (
  transport: Transport,
  { folder, id }: FileEntry,
  { readyTimeoutMs = 60_000, signal }: UploadOptions,
): Promise<FileEntry> => {
  const endsAt = Date.now() + readyTimeoutMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 1.5, maxDelayMs)) {
    const file = expectObject(await transport.send(at.readFile, { path: { folder, id }, signal })) as unknown as FileEntry;
    const isSettled = file.status !== 'pending' && file.replacing === undefined;
    // Bytes that were to replace others leave the file `ready` when they are refused: the old ones are served on.
    if (file.status === 'refused' || (isSettled && file.reason !== undefined)) throw new FileRefusedError(file);
    if (isSettled || Date.now() + delayMs > endsAt) return file;
    await sleep(delayMs, signal);
  }
};
