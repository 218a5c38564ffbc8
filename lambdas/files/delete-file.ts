import type { StoredFile } from '../../contracts/files-table.ts';
import { countedBytes } from '../../contracts/files-table.ts';
import type { Action } from '../runtime/request.ts';
import { commitChange } from './commit-change.ts';
import { deleteRow } from './file-writes.ts';
import { type Attempt, changeFile, fileRequestOf } from './open-file.ts';

/** Ends a file and gives its bytes back to its owner's quota. What is stored of it goes by the table's stream. */
export const removeFile = async (file: StoredFile): Promise<Attempt<undefined>> => {
  const row = deleteRow(file.id, file.version);
  const outcome = await commitChange({ row, fileId: file.id, owner: file.owner, bytes: -countedBytes(file) });
  return outcome.kind === 'newer' ? outcome : { done: undefined };
};

/** DELETE: a file, with its variants and an upload that is under way. */
export const deleteFile: Action = async (request) => {
  await changeFile(fileRequestOf(request, 'delete'), removeFile);
  return {};
};
