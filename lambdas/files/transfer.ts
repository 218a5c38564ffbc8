import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { FilesRequest } from '../../contracts/files-schemas.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { contentDisposition } from './content-disposition.ts';
import { canonicalName } from './file-name.ts';
import { findFolder } from './folders.ts';
import { assertTaken } from './new-upload.ts';
import { copyBytes } from './objects-store.ts';
import { recordOfPlace } from './target-place.ts';

/** Where a file is to be copied or moved. */
export interface Target {
  readonly folder: CompiledFolder;
  readonly record: string | undefined;
  /** @default the name that the file has */
  readonly name: string | undefined;
}

/** Reads where a request wants a file. */
export const targetOf = (body: FilesRequest<'copyFile'>): Target => {
  const folder = findFolder(body.folder);
  return {
    folder,
    record: recordOfPlace(folder, body.record),
    name: body.name === undefined ? undefined : canonicalName(body.name),
  };
};

/** What S3 copies in one request ("CopyObject": 5 GB). */
const maxCopyBytes = 5 * 1024 ** 3;

/**
 * Checks that a file can be had by another folder.
 *
 * @throws ApiError `not_ready`, `type_not_allowed`, `file_too_large`
 */
export const assertTransferable: (file: StoredFile, target: Target) => asserts file is StoredFile & { readonly key: string } = (
  file,
  { folder },
) => {
  if (file.key === undefined) throw new ApiError('not_ready', 'The bytes of this file have not arrived, or were refused. Wait for them.');
  assertTaken(folder, file);
  if (file.sizeBytes > maxCopyBytes) {
    throw new ApiError('file_too_large', `Files of more than ${maxCopyBytes} bytes cannot be copied or moved. Upload the bytes again.`);
  }
};

/**
 * Has S3 copy the bytes of a file to another key.
 *
 * @throws ApiError `not_found` if the file went away meanwhile
 */
export const copyTo = async (source: string, to: Pick<StoredFile, 'id' | 'name' | 'type'>, key: string): Promise<boolean> =>
  copyBytes(source, { key, fileId: to.id, type: to.type, disposition: contentDisposition(to.name, to.type) });
