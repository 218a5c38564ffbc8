import { files } from '@compiled/files';
import type { CompiledFolder } from '../../contracts/compiled.ts';

/** What the key of an object tells. */
export interface ObjectPlace {
  readonly folder: CompiledFolder;
  readonly fileId: string;
}

/** The folder of an object and its file, by the object's key. Undefined for keys that no folder makes. */
export const locateObject = (key: string): ObjectPlace | undefined => {
  const folder = Object.values(files.folders).find(({ prefix }) => key.startsWith(prefix));
  const segments = key.split('/');
  const fileId = segments.at(-2);
  if (folder === undefined || fileId === undefined || segments.length !== folder.path.length + 2) return undefined;
  return { folder, fileId };
};
