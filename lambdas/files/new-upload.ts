import { randomBytes } from 'node:crypto';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { fileLimits, type UploadTicket } from '../../contracts/files.ts';
import type { StoredFile, StoredUpload } from '../../contracts/files-table.ts';
import { normalizeMediaType, takesType } from '../../contracts/media-types.ts';
import { validationError } from '../runtime/validate-body.ts';
import { contentDisposition } from './content-disposition.ts';
import { keyOf } from './folders.ts';
import { beginParts, dropParts, signForm } from './objects-store.ts';
import { assertEverFits } from './usage.ts';

/** What a request says of the bytes to come. */
export interface WantedUpload {
  readonly type: string;
  readonly sizeBytes: number;
  readonly checksumSha256?: string | undefined;
}

const mebibyte = 1024 ** 2;

/** How large each part is: as small as may be, so that little is lost when one fails, but never more than S3 takes parts. */
const partSizeOf = (sizeBytes: number): number =>
  Math.max(fileLimits.minPartBytes, Math.ceil(sizeBytes / fileLimits.maxParts / mebibyte) * mebibyte);

/** The number of parts of an upload. */
export const partCountOf = ({ sizeBytes, partSizeBytes }: StoredUpload): number => Math.ceil(sizeBytes / (partSizeBytes ?? sizeBytes));

/** The size of one part; the last has what is left. */
export const sizeOfPart = (upload: StoredUpload, partNumber: number): number => {
  const { sizeBytes, partSizeBytes = sizeBytes } = upload;
  return Math.min(partSizeBytes, sizeBytes - (partNumber - 1) * partSizeBytes);
};

/**
 * The type of bytes that a folder takes, without parameters.
 *
 * @throws ApiError `type_not_allowed`, `file_too_large`
 */
export const assertTaken = (folder: CompiledFolder, { type: given, sizeBytes }: Pick<WantedUpload, 'type' | 'sizeBytes'>): string => {
  const type = normalizeMediaType(given);
  if (type === undefined || !takesType(folder.types, type)) {
    const detail = `The folder takes ${folder.types.join(', ')}.`;
    throw new ApiError('type_not_allowed', detail, { errors: [{ pointer: '/type', code: 'type_not_allowed', detail }] });
  }
  if (sizeBytes > folder.maxSizeBytes) {
    throw new ApiError(
      'file_too_large',
      `The file has ${sizeBytes} bytes; the folder takes up to ${folder.maxSizeBytes}. Send a smaller one.`,
    );
  }
  return type;
};

/** S3 can tell the SHA-256 of an object only if it came in one piece. */
const assertSummable = ({ sizeBytes, checksumSha256 }: WantedUpload): void => {
  if (checksumSha256 === undefined || sizeBytes <= fileLimits.singleUploadBytes) return;
  const detail = `Uploads of more than ${fileLimits.singleUploadBytes} bytes go in parts, and take no sum of the whole. Leave it out.`;
  throw validationError([{ pointer: '/checksumSha256', code: 'invalid_value', detail }]);
};

/** Random, since bytes at a key never change: what is uploaded anew has a new key. */
export const newContentId = (): string => randomBytes(12).toString('hex');

/** When an upload that begins now is given up, in seconds since the epoch. */
export const abandonedAt = (nowMs: number): number => Math.floor(nowMs / 1_000) + fileLimits.abandonedAfterSeconds;

/**
 * Checks what is to be uploaded to a file, and plans where it goes.
 *
 * @throws ApiError `type_not_allowed`, `file_too_large`, `quota_exceeded`, `validation_failed`
 */
export const planUpload = (
  folder: CompiledFolder,
  file: Pick<StoredFile, 'id' | 'owner' | 'record'>,
  wanted: WantedUpload,
  nowMs: number,
): StoredUpload => {
  const type = assertTaken(folder, wanted);
  assertSummable(wanted);
  assertEverFits(wanted.sizeBytes);
  const { sizeBytes, checksumSha256 } = wanted;
  return {
    key: keyOf(folder, file, newContentId()),
    type,
    sizeBytes,
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    ...(sizeBytes > fileLimits.singleUploadBytes && { partSizeBytes: partSizeOf(sizeBytes) }),
    expiresAt: new Date(abandonedAt(nowMs) * 1_000).toISOString(),
  };
};

const objectOf = ({ key, type }: StoredUpload, { id, name }: Pick<StoredFile, 'id' | 'name'>) => ({
  key,
  fileId: id,
  type,
  disposition: contentDisposition(name, type),
});

/** Begins an upload that goes in parts; one in one piece needs no beginning. */
export const beginUpload = async (planned: StoredUpload, file: Pick<StoredFile, 'id' | 'name'>): Promise<StoredUpload> =>
  planned.partSizeBytes === undefined ? planned : { ...planned, uploadId: await beginParts(objectOf(planned, file)) };

/** Ends an upload that no row has ever told of. What fails here, the lifecycle of the bucket does. */
export const endUpload = async (upload: StoredUpload): Promise<void> => {
  if (upload.uploadId === undefined) return;
  await dropParts({ key: upload.key, uploadId: upload.uploadId }).catch(() => undefined);
};

/** Where the bytes of an upload go. Asks AWS nothing. */
export const ticketOf = async (file: StoredFile, upload: StoredUpload, nowMs: number): Promise<UploadTicket> => {
  const { partSizeBytes, sizeBytes, checksumSha256, expiresAt } = upload;
  if (partSizeBytes !== undefined) return { kind: 'parts', partSizeBytes, partCount: partCountOf(upload), expiresAt };
  const { uploadSeconds } = fileLimits;
  const form = await signForm({ ...objectOf(upload, file), sizeBytes, checksumSha256, expiresInSeconds: uploadSeconds });
  return { kind: 'post', ...form, expiresAt: new Date(nowMs + uploadSeconds * 1_000).toISOString() };
};
