import { ApiError } from '../../contracts/errors.ts';
import { countedBytes, type StoredFile } from '../../contracts/files-table.ts';
import type { Action } from '../runtime/request.ts';
import { commitChange } from './commit-change.ts';
import { removeFile } from './delete-file.ts';
import { replaceRow } from './file-writes.ts';
import { type Attempt, changeFile, fileRequestOf, uploadOperation } from './open-file.ts';

/** The refusal where nothing is on its way. */
export const noUpload = (): ApiError => new ApiError('not_found', 'No upload of this file is under way. Begin one.');

/** Gives new bytes of a file up; the old ones stay. */
const dropReplacement = async (file: StoredFile): Promise<Attempt<undefined>> => {
  const { upload: _, ...others } = file;
  const next = { ...others, version: file.version + 1, updatedAt: new Date().toISOString() };
  const row = replaceRow(next, file.version);
  const outcome = await commitChange({ row, fileId: file.id, owner: file.owner, bytes: countedBytes(next) - countedBytes(file) });
  return outcome.kind === 'newer' ? outcome : { done: undefined };
};

/** DELETE: gives an upload up. A file that has no bytes yet goes with it. The table's stream has S3 drop what has arrived. */
export const abortUpload: Action = async (request) => {
  const asked = { ...fileRequestOf(request, uploadOperation(request)), precondition: 'any' } as const;
  await changeFile(asked, (file) => {
    if (file.upload === undefined) throw noUpload();
    return file.key === undefined ? removeFile(file) : dropReplacement(file);
  });
  return {};
};
