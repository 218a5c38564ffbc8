import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { print } from './ui.ts';

/** Changes that come within this time are one change: editors write a file in several steps. */
const settleMs = 30;
const sourceFile = /\.(ts|tsx|js|jsx|mjs|cjs|json|py|html|mjml)$/;
/** Not the sources of a definition. Names that begin with a dot are left out, too. */
const ignoredFolders: readonly string[] = ['cdk.out', 'dist', 'coverage', 'test', 'bench', 'docs'];

type OnChange = (files: ReadonlySet<string>) => void;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Another folder may take the place of this one. */
  readonly identity: string;
}

const identityOf = (folder: string): string | undefined => {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() ? `${found.ino} ${found.birthtimeMs}` : undefined;
};

/**
 * Watches folder by folder. The recursive watch of Node.js would walk through node_modules, and on Linux it loses a file that was
 * replaced, as many editors save it.
 */
class FolderTree {
  readonly #root: string;
  readonly #ownFolder: string;
  readonly #onFile: (path: string) => void;
  readonly #folders = new Map<string, WatchedFolder>();

  constructor(root: string, ownFolder: string, onFile: (path: string) => void) {
    this.#root = root;
    this.#ownFolder = ownFolder;
    this.#onFile = onFile;
  }

  /** Watches a folder and those below. @param isNew whether its files are changes */
  follow(folder: string, isNew: boolean): void {
    const identity = identityOf(folder);
    if (this.#folders.get(folder)?.identity === identity) return;
    this.#leave(folder);
    if (identity === undefined || !this.#watch(folder, identity)) return;
    // What came before the watch began is found here.
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) this.#followEntry(join(folder, entry.name), isNew);
      else if (isNew) this.#tell(join(folder, entry.name));
    }
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #watch(folder: string, identity: string): boolean {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null) this.#changed(join(folder, name));
      });
      watcher.on('error', () => this.#leave(folder));
      this.#folders.set(folder, { watcher, identity });
      return true;
    } catch (error) {
      print(`Changes in ${folder} are not noticed: ${(error as Error).message}`);
      return false;
    }
  }

  #changed(path: string): void {
    if (this.#tell(path)) return;
    this.#followEntry(path, true);
  }

  #followEntry(path: string, isNew: boolean): void {
    const name = path.slice(dirname(path).length + 1);
    const isIgnored = name.startsWith('.') || name === 'node_modules' || path === this.#ownFolder;
    const isIgnoredHere = dirname(path) === this.#root && ignoredFolders.includes(name);
    if (!isIgnored && !isIgnoredHere) this.follow(path, isNew);
  }

  #tell(path: string): boolean {
    const isSource = sourceFile.test(path) && !this.#folders.has(path);
    if (isSource) this.#onFile(path);
    return isSource;
  }

  #leave(folder: string): void {
    for (const [path, { watcher }] of this.#folders) {
      if (path !== folder && !path.startsWith(join(folder, '/'))) continue;
      watcher.close();
      this.#folders.delete(path);
    }
  }
}

/**
 * Calls `onChange` with the source files of the project that have changed.
 *
 * @param ownFolder the folder of local mode's own state
 * @returns what ends it
 */
export const watchSources = (projectFolder: string, ownFolder: string, onChange: OnChange): (() => void) => {
  const tree = new FolderTree(projectFolder, ownFolder, settled(onChange));
  tree.follow(projectFolder, false);
  return () => tree.close();
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
