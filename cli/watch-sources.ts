import { watch } from 'node:fs';
import { sep } from 'node:path';

/** Changes that come within this time are one change: editors write a file in several steps. */
const settleMs = 80;
const sourceFile = /\.(ts|tsx|js|mjs|cjs|json)$/;
const ignoredFolders: readonly string[] = ['node_modules', '.git', 'cdk.out', 'dist', 'coverage', 'test', 'bench', 'docs'];

/**
 * Calls `onChange` after source files of the project have changed, never twice at a time.
 *
 * @param ignoredFolder the folder of local mode's own state
 */
export const watchSources = (projectFolder: string, ignoredFolder: string, onChange: () => Promise<void>): void => {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    // A failure has been told by onChange itself; the next change gets its chance.
    await onChange().catch(() => undefined);
    running = false;
    if (again) {
      again = false;
      await run();
    }
  };
  watch(projectFolder, { recursive: true }, (_event, file) => {
    if (file === null || !sourceFile.test(file)) return;
    const [top = ''] = file.split(sep);
    if (top === ignoredFolder || ignoredFolders.includes(top)) return;
    clearTimeout(timer);
    timer = setTimeout(run, settleMs);
  });
};
