import type { CompiledFolder } from '../../contracts/compiled.ts';
import { idPattern } from '../../contracts/data.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { assertAllowed, decideOnFile } from './folder-access.ts';
import { modelOf } from './folders.ts';

const pattern = new RegExp(idPattern);

/**
 * Checks that a record is named where the folder's path needs one, and only there.
 *
 * @param pointer where the request names it
 * @throws ApiError `validation_failed`, `unknown_field`
 */
export const recordOfPlace = (folder: CompiledFolder, record: string | undefined, pointer = '/record'): string | undefined => {
  const model = modelOf(folder);
  if (model === undefined && record !== undefined) {
    throw validationError([{ pointer, code: 'unknown_field', detail: 'The path of this folder names no record. Leave it out.' }]);
  }
  if (model !== undefined && record === undefined) {
    throw validationError([{ pointer, code: 'required', detail: `Give the id of the ${model} that the file belongs to.` }]);
  }
  if (record !== undefined && !pattern.test(record)) {
    throw validationError([{ pointer, code: 'invalid_format', detail: 'The id of a record has letters, digits, - and _.' }]);
  }
  return record;
};

/**
 * Asks the rules whether the caller may make this file here.
 *
 * @throws ApiError `unauthenticated`, `forbidden`, `not_found`
 */
export const assertMayCreate = async (
  folder: CompiledFolder,
  caller: Caller,
  file: Pick<StoredFile, 'id' | 'owner' | 'record'>,
): Promise<void> => {
  assertAllowed(await decideOnFile({ folder, caller, operation: 'create', consistent: true }, file));
};

/** The members of a row by which files are listed. */
export const placeOf = (
  folder: CompiledFolder,
  { owner, record }: Pick<StoredFile, 'owner' | 'record'>,
): Pick<StoredFile, 'folder' | 'place' | 'ownerPlace'> & { readonly record?: string } => ({
  folder: folder.name,
  ...(record !== undefined && { record }),
  place: record === undefined ? folder.name : `${folder.name}#${record}`,
  ownerPlace: `${folder.name}#${owner}`,
});
