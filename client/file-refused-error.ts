import type { FileEntry, RefusalReason } from '../contracts/files.ts';

/**
 * The bytes arrived, and were refused when they were looked at: they are not of the declared type or size, or malware was found.
 *
 * @example
 * ```ts
 * try {
 *   await client.files.avatars.upload(file);
 * } catch (error) {
 *   if (error instanceof FileRefusedError && error.reason === 'type_mismatch') show('This is no image.');
 *   else throw error;
 * }
 * ```
 */
export class FileRefusedError extends Error {
  readonly reason: RefusalReason | undefined;
  /** The file as the backend tells of it. */
  readonly file: FileEntry;

  constructor(file: FileEntry) {
    super(`"${file.name}" was refused: ${file.reason ?? 'no reason was given'}. Its bytes are gone; upload other ones.`);
    this.name = 'FileRefusedError';
    this.reason = file.reason;
    this.file = file;
  }
}
