import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { standInLayers } from '../../contracts/variables.ts';

const root = join(import.meta.dirname, '..', '..');
/** Whatever can change any assembly, beside the app itself. */
const sharedSources = ['contracts', 'lambdas', 'lib', 'cdk.json', 'package-lock.json'];
const cache = process.env['PLINTH_TEST_ASSEMBLIES'] ?? join(tmpdir(), 'plinth-test-assemblies');
const maxAgeMs = 24 * 60 * 60 * 1_000;

/** A CDK app that a test runs. */
export interface TestApp {
  /** The module that synthesizes into the folder `CDK_OUTDIR`, from the root of the project. */
  readonly app: string;
  /** Files and folders of the app's own that its assembly depends on. @default the module alone */
  readonly sources?: readonly string[];
  /** Given to the app as JSON in the variable `TEST_APP_SETTINGS`. @default none */
  readonly settings?: unknown;
}

/**
 * The cloud assembly of an app. It is made once for the present sources, in a process of its own, and kept in the temporary
 * folder, so that the test files of a run, and the next run, share it.
 */
export const cachedAssembly = ({ app, sources = [app], settings }: TestApp): string => {
  // The maps of its bundles lie in the project, so another copy of the project has assemblies of its own.
  const folder = join(cache, hashOf([...sharedSources, ...sources], JSON.stringify([root, app, settings])));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  removeOld();
  const making = mkdtempSync(join(cache, 'making-'));
  const { status, stderr } = spawnSync(process.execPath, [app], {
    cwd: root,
    // CDK's own validation of a template takes seconds; test/lib/app.test.ts has it done.
    env: {
      CDK_VALIDATION: 'false',
      [standInLayers]: '1',
      ...process.env,
      CDK_OUTDIR: making,
      TEST_APP_SETTINGS: JSON.stringify(settings ?? {}),
    },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${app} could not be synthesized:\n${stderr}`);
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another test file of the run was faster.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
};

const hashOf = (sources: readonly string[], more: string): string => {
  const hash = createHash('sha256').update(more);
  for (const file of sources.flatMap((source) => filesOf(join(root, source)))) {
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
};

const filesOf = (path: string): string[] => {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

const removeOld = (): void => {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > maxAgeMs) rmSync(path, { recursive: true, force: true });
  }
};
