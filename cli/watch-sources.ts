import { readdirSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';

/** Changes that come within this time are one change: editors write a file in several steps. */
const settleMs = 30;
const sourceFile = /\.(ts|tsx|js|jsx|mjs|cjs|json|py|html|mjml)$/;
/** Not the sources of a definition. Names that begin with a dot are left out, too. */
const ignoredFolders: readonly string[] = ['node_modules', 'cdk.out', 'dist', 'coverage', 'test', 'bench', 'docs'];

type OnChange = (files: ReadonlySet<string>) => void;

/**
 * Calls `onChange` with the source files of the project that have changed.
 *
 * @param ownFolder the folder of local mode's own state
 */
export const watchSources = (projectFolder: string, ownFolder: string, onChange: OnChange): void => {
  const trigger = settled(onChange);
  const isWatched = (name: string): boolean =>
    !name.startsWith('.') && !ignoredFolders.includes(name) && resolve(projectFolder, name) !== ownFolder;
  const watched = new Set<string>();
  // Folder by folder: a recursive watch of the whole project would walk through node_modules.
  const watchFolders = (): void => {
    for (const entry of readdirSync(projectFolder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !isWatched(entry.name) || watched.has(entry.name)) continue;
      watched.add(entry.name);
      watch(join(projectFolder, entry.name), { recursive: true }, (_event, file) => {
        const path = resolve(projectFolder, entry.name, file ?? '');
        if (file !== null && sourceFile.test(file) && !path.startsWith(ownFolder)) trigger(path);
      }).on('error', () => watched.delete(entry.name));
    }
  };
  watchFolders();
  watch(projectFolder, (_event, file) => {
    watchFolders();
    if (file !== null && sourceFile.test(file) && isWatched(file)) trigger(join(projectFolder, file));
  });
};

const settled = (onChange: OnChange): ((file: string) => void) => {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    const files = changed;
    changed = new Set();
    onChange(files);
  };
  return (file) => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(tell, settleMs);
  };
};
