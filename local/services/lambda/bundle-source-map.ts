import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleCache } from '../../../contracts/bundle-cache.ts';

/**
 * The source map of a bundle is not deployed, so it lies where the synth left it: this puts it beside the code.
 *
 * @returns the folder that its sources are relative to; undefined when there is no such map
 */
export async function bringSourceMap(codeFolder: string, taskRoot: string): Promise<string | undefined> {
  const { codeFile, path, hashLength } = bundleCache;
  const code = await readFile(join(codeFolder, codeFile)).catch(() => undefined);
  if (code === undefined || existsSync(join(taskRoot, `${codeFile}.map`))) return undefined;
  const project = process.cwd();
  const hash = createHash('sha256').update(code).digest('hex').slice(0, hashLength);
  const map = join(project, 'node_modules', path, `${hash}.map`);
  if (!existsSync(map)) return undefined;
  // It is large, and read only when something fails.
  await symlink(map, join(taskRoot, `${codeFile}.map`));
  return project;
}
