import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';

const algorithm = 'aes-256-gcm';
/** Bytes of the key: AES-256. */
export const cursorKeyBytes = 32;
/** The id under which a feature keeps its key in its table. */
export const cursorKeyId = 'K#cursor';
const ivBytes = 12;
const tagBytes = 16;
/** Changes when the meaning of positions does: older cursors are then refused. */
const format = 1;
const maxLength = 8_000;

/** Makes and opens cursors of one feature. */
export interface CursorSeal {
  /**
   * Seals where a list goes on: nobody can read or make such a cursor, and it fits this list and this caller only.
   *
   * @param binding what the cursor is good for: the query and the caller, as a text
   */
  seal(binding: string, position: unknown): Promise<string>;
  /** @throws ApiError `invalid_cursor` for a cursor of another list or caller, and for anything that is none */
  open(binding: string, cursor: string): Promise<unknown>;
}

const invalid = (cause?: unknown): ApiError =>
  new ApiError(
    'invalid_cursor',
    'The cursor is not valid for this list. Begin without one, and change nothing but limit, fields and expand between pages.',
    { cause },
  );

/** Remembers what was loaded; a failure is not remembered. */
const once = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loading: Promise<T> | undefined;
  return async () => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
};

/** @param loadKey gives the feature's key of {@link cursorKeyBytes}; it is asked at the first cursor, and again after a failure only */
export const createCursorSeal = (loadKey: () => Promise<Uint8Array>): CursorSeal => {
  const key = once(loadKey);
  return {
    async seal(binding, position) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, await key(), iv).setAAD(Buffer.from(binding));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(position)), cipher.final()]);
      return Buffer.concat([Buffer.of(format), iv, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    async open(binding, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const isOurs = cursor.length <= maxLength && bytes.toString('base64url') === cursor && bytes[0] === format;
      if (!isOurs || bytes.length < 1 + ivBytes + tagBytes) throw invalid();
      const secret = await key();
      try {
        const decipher = createDecipheriv(algorithm, secret, bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(binding)).setAuthTag(bytes.subarray(-tagBytes));
        const opened = Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes, -tagBytes)), decipher.final()]);
        return JSON.parse(opened.toString()) as unknown;
      } catch (cause) {
        throw invalid(cause);
      }
    },
  };
};
