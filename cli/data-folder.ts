import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockFolder } from '../local/folder-lock.ts';

/** The folder of `plinth dev` in a project. */
export interface DataFolder {
  readonly path: string;
  /** What the services store. */
  readonly state: string;
  readonly logFile: string;
}

/**
 * Opens the folder for one run, before anything in it is touched.
 *
 * @param reset removes what the services stored
 * @throws StartError when another backend runs on it
 */
export const openDataFolder = (projectFolder: string, folder: string, reset: boolean): DataFolder => {
  const path = resolve(projectFolder, folder);
  const state = join(path, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const release = lockFolder(state);
  try {
    for (const name of reset ? readdirSync(state) : []) {
      if (name !== 'lock') rmSync(join(state, name), { recursive: true, force: true });
    }
  } finally {
    release();
  }
  return { path, state, logFile: join(path, 'log.jsonl') };
};
