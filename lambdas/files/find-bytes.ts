import { ApiError } from '../../contracts/errors.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { fileRequestOf, openFile } from './open-file.ts';

/** The bytes of a file, for another feature that sends them on. */
export interface FoundBytes {
  /** Of the object in the bucket. Bytes at a key never change. */
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/**
 * Finds the bytes of a file that the caller may read.
 *
 * @param request its path has the `folder` and the `id`
 * @throws ApiError `unknown_folder`, `invalid_id`, `unauthenticated`, `forbidden`, `not_found`, `not_ready`
 */
export const findBytes = async (request: ApiRequest): Promise<FoundBytes> => {
  const { key, name, type, sizeBytes } = await openFile(fileRequestOf(request, 'get'), false);
  if (key === undefined) throw new ApiError('not_ready', 'The bytes of this file have not arrived, or were refused.');
  return { key, name, type, sizeBytes };
};
