import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCache } from '../contracts/bundle-cache.ts';
import { type BundleRecipe, bundleAgain, endBundling, findRecipe } from '../lib/api/bundle-function.ts';
import { codeOf, type FunctionCode } from './assembly-code.ts';

/** Folders with new code by the keys that the running template has for the old. */
export type Replacements = ReadonlyMap<string, string>;

/** What a backend runs by now, which began with the code of its assembly. */
export class RunningCode {
  readonly #projectFolder: string;
  readonly #functions: Map<string, FunctionCode>;
  readonly #first: Replacements;
  /** By folder; a folder's content never changes. */
  readonly #recipes = new Map<string, BundleRecipe | undefined>();

  constructor(projectFolder: string, assembly: string) {
    this.#projectFolder = projectFolder;
    this.#functions = new Map(codeOf(assembly));
    this.#first = new Map([...this.#functions.values()].map(({ s3Key, folder }) => [s3Key, folder]));
  }

  /** Looks up how the code was made, so that a change finds it. */
  warmUp(): void {
    for (const { folder } of this.#functions.values()) this.#recipeOf(folder);
  }

  /**
   * Bundles the functions again that one of these files is in.
   *
   * @throws Error of esbuild for code that cannot be bundled
   */
  async bundle(files: ReadonlySet<string>): Promise<Replacements> {
    const replacements = new Map<string, string>();
    for (const { s3Key, folder } of this.#functions.values()) {
      const recipe = replacements.has(s3Key) ? undefined : this.#recipeOf(folder);
      if (recipe === undefined || !recipe.inputs.some((file) => files.has(file))) continue;
      const { directory } = await bundleAgain(recipe);
      if (!hasSameBundle(directory, folder)) replacements.set(s3Key, directory);
    }
    return replacements;
  }

  /**
   * What has to change so that the code of another assembly runs.
   *
   * @returns undefined when it can't be exchanged alone: two functions had the same code and now differ
   */
  changesTo(assembly: string): Replacements | undefined {
    const next = codeOf(assembly);
    const replacements = new Map<string, string>();
    const unchanged = new Set<string>();
    for (const [id, { s3Key, folder }] of this.#functions) {
      const wanted = next.get(id);
      if (wanted === undefined || isSame({ s3Key, folder }, wanted)) unchanged.add(s3Key);
      else if ((replacements.get(s3Key) ?? wanted.folder) !== wanted.folder) return undefined;
      else replacements.set(s3Key, wanted.folder);
    }
    return [...replacements.keys()].some((s3Key) => unchanged.has(s3Key)) ? undefined : replacements;
  }

  /** Ends what bundles. */
  dispose(): Promise<void> {
    return endBundling();
  }

  /** All that was replaced since the start. */
  get replacements(): Replacements {
    const moved = [...this.#functions.values()].filter(({ s3Key, folder }) => this.#first.get(s3Key) !== folder);
    return new Map(moved.map(({ s3Key, folder }) => [s3Key, folder]));
  }

  /** Takes down that the backend has taken this code. */
  replaced(replacements: Replacements): void {
    for (const [id, { s3Key, folder }] of this.#functions) {
      this.#functions.set(id, { s3Key, folder: replacements.get(s3Key) ?? folder });
    }
  }

  #recipeOf(folder: string): BundleRecipe | undefined {
    if (!this.#recipes.has(folder)) this.#recipes.set(folder, this.#findRecipe(folder));
    return this.#recipes.get(folder);
  }

  #findRecipe(folder: string): BundleRecipe | undefined {
    const code = codeIn(folder);
    return code && findRecipe(this.#projectFolder, code);
  }
}

const codeIn = (folder: string): Buffer | undefined => {
  try {
    return readFileSync(join(folder, bundleCache.codeFile));
  } catch {
    // Code that is no bundle of ours.
    return undefined;
  }
};

const hasSameBundle = (one: string, other: string): boolean => {
  const [first, second] = [codeIn(one), codeIn(other)];
  return first !== undefined && second !== undefined && first.equals(second);
};

/** Folders of assemblies are named by their content; bundles that we made meanwhile lie elsewhere. */
const isSame = (running: FunctionCode, wanted: FunctionCode): boolean =>
  running.folder.endsWith(wanted.s3Key.replace(/\.zip$/, '')) ||
  (running.folder.includes(bundleCache.path) && hasSameBundle(running.folder, wanted.folder));
