import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
/** Whatever can change the assembly of the example. */
const SOURCES = ['bin', 'contracts', 'examples', 'lambdas', 'lib', 'cdk.json', 'package-lock.json'];
const CACHE = join(tmpdir(), 'plinth-test-assemblies');
const MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/**
 * The cloud assembly of `examples/notes`, as `cdk synth` makes it. It is made once for the present sources and kept in the temporary
 * folder, so that the test files of a run, and the next run, share it.
 */
export function exampleAssembly(): string {
  const folder = join(CACHE, sourcesHash());
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  removeOld();
  const making = mkdtempSync(join(CACHE, 'making-'));
  const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: making },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the example could not be synthesized:\n${stderr}`);
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another test file of the run was faster.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesOf(join(root, source))) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function removeOld(): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (Date.now() - statSync(path).mtimeMs > MAX_AGE_MS) rmSync(path, { recursive: true, force: true });
  }
}
