import type { CompiledFiles } from '../../contracts/compiled.ts';

/**
 * The folders for a function that uses some of them.
 *
 * @throws Error for names of folders that are not there
 */
export const restrictFolders = (files: CompiledFiles, names: readonly string[]): CompiledFiles => {
  const unknown = names.find((name) => !Object.hasOwn(files.folders, name));
  if (unknown !== undefined) {
    throw new Error(`there is no folder ${JSON.stringify(unknown)} to be used: use one of ${Object.keys(files.folders).join(', ')}`);
  }
  const folders = Object.entries(files.folders).filter(([name]) => names.includes(name));
  const followed = new Set(
    folders.flatMap(([, { path }]) => path.flatMap((segment) => (segment.kind === 'record' ? [segment.model] : []))),
  );
  return {
    ...files,
    folders: Object.fromEntries(folders),
    models: Object.fromEntries(Object.entries(files.models).filter(([name]) => followed.has(name))),
  };
};
