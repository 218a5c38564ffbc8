import { readdirSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';

/** Changes that come within this time are one change: editors write a file in several steps. */
const settleMs = 50;
const sourceFile = /\.(ts|tsx|js|mjs|cjs|json)$/;
/** Not the sources of a definition. Names that begin with a dot are left out, too. */
const ignoredFolders: readonly string[] = ['node_modules', 'cdk.out', 'dist', 'coverage', 'test', 'bench', 'docs'];

/**
 * Calls `onChange` after source files of the project have changed, never twice at a time.
 *
 * @param ownFolder the folder of local mode's own state
 * @param onChange tells its failures itself
 */
export const watchSources = (projectFolder: string, ownFolder: string, onChange: () => Promise<void>): void => {
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
        if (file !== null && sourceFile.test(file) && !resolve(projectFolder, entry.name, file).startsWith(ownFolder)) trigger();
      }).on('error', () => watched.delete(entry.name));
    }
  };
  watchFolders();
  watch(projectFolder, (_event, file) => {
    watchFolders();
    if (file !== null && sourceFile.test(file) && isWatched(file)) trigger();
  });
};

const settled = (onChange: () => Promise<void>): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    await onChange();
    running = false;
    if (again) {
      again = false;
      await run();
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), settleMs);
  };
};
