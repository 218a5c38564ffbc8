import { files } from '@compiled/files';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { objectKey, type StoredFile } from '../../contracts/files-table.ts';

/** Finds a folder by the name that a request gives. */
export const findFolder = (name: string | undefined): CompiledFolder => {
  const folder = name !== undefined && Object.hasOwn(files.folders, name) ? files.folders[name] : undefined;
  if (folder === undefined) throw new ApiError('unknown_folder', 'There is no such folder. See /openapi.json for what this API has.');
  return folder;
};

/** The name of the model whose records the folder's path names; undefined where it names none. */
export const modelOf = ({ path }: CompiledFolder): string | undefined => path.find((segment) => segment.kind === 'record')?.model;

/** The key for new bytes of a file. */
export const keyOf = (
  folder: CompiledFolder,
  { id, owner, record }: Pick<StoredFile, 'id' | 'owner' | 'record'>,
  content: string,
): string => {
  const segments = folder.path.map((segment) => {
    if (segment.kind === 'literal') return segment.text;
    return segment.kind === 'owner' ? owner : String(record);
  });
  return objectKey(segments.join('/'), id, content);
};
