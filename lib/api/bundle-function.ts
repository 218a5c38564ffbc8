import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildContext, type BuildOptions, type BuildResult, buildSync, context, version as esbuildVersion, stop } from 'esbuild';
import { bundleCache } from '../../contracts/bundle-cache.ts';
import { lambdaEntry } from './lambda-entry.ts';
import { assertHandler, clearFailure } from './missing-handler.ts';

/** What goes into the bundle of a function. */
export interface BundleOptions {
  /** The handler's file. */
  readonly entry: string;
  /** The sources of the modules that exist only in this bundle, by name: `@compiled/data`. */
  readonly modules?: Readonly<Record<string, string>>;
  /** Modules that are left out: those that a layer brings, and those that packages import only for what the handler never does. @default none */
  readonly externalModules?: readonly string[];
}

/** What the SDK needs for streams of events, which no operation of DynamoDB has. */
export const eventStreams = '@smithy/core/event-streams';

/** A finished bundle. */
export interface Bundle {
  /** The folder with nothing in it but the code. Its name is the hash of the code. */
  readonly directory: string;
  readonly hash: string;
  /** The source map, which is not deployed. */
  readonly sourceMap: string;
}

/** What a bundle was made of: file → hash. */
interface Manifest {
  readonly hash: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** How a bundle is made again after one of its files has changed. */
export interface BundleRecipe {
  /** The handler's file. */
  readonly entry: string;
  /** The files that it was made of. */
  readonly inputs: readonly string[];
  readonly own: OwnOptions;
}

const { codeFile } = bundleCache;

/**
 * What matters for cold starts, measured: the SDK is bundled (an external one takes 1.12 to 1.15 times as long), ES modules of
 * packages are preferred, since they lose their unused parts, and the map lies outside of the bundle.
 */
const buildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'external',
  sourcesContent: true,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  write: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const hashOfCode = (code: Uint8Array): string => sha256(code).slice(0, bundleCache.hashLength);

const cacheIn = (nodeModules: string): string => join(nodeModules, bundleCache.path);

/** The `node_modules` of the project that a file belongs to. */
export const nodeModulesAbove = (path: string): string => {
  const parent = dirname(path);
  if (parent === path) throw new Error(`no folder node_modules lies above the handler: install the project's packages first`);
  const candidate = join(parent, 'node_modules');
  return existsSync(candidate) ? candidate : nodeModulesAbove(parent);
};

/** Writes a file under a name that no reader sees before it is complete. */
const writeWhole = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, path);
};

/** Leaves a file alone that is right. */
const writeChanged = (path: string, content: string): void => {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== content) writeWhole(path, content);
};

const hashOfFile = (path: string): string | undefined => (existsSync(path) ? sha256(readFileSync(path)) : undefined);

const readCurrentManifest = (path: string, root: string): Manifest | undefined => {
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const isCurrent = Object.entries(manifest.inputs).every(([file, hash]) => hashOfFile(join(root, file)) === hash);
  return isCurrent ? manifest : undefined;
};

/** The credentials of a Lambda function come from its environment, so the SDK's search through files and services is left out. */
const credentialProvider = lambdaEntry('runtime/credential-provider.ts');

const writeModules = (modules: Readonly<Record<string, string>>, cache: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(modules).map(([name, source]) => {
      const path = join(cache, '..', 'modules', `${sha256(source).slice(0, 32)}.mjs`);
      if (!existsSync(path)) writeWhole(path, source);
      return [name, path];
    }),
  );

/** The directory of a bundle, and beside it the map of the same name. */
const placeOf = (cache: string, hash: string): Bundle => ({
  hash,
  directory: join(cache, hash),
  sourceMap: join(cache, `${hash}.map`),
});

/** How one bundle differs from all others. */
type OwnOptions = Required<Pick<BuildOptions, 'alias' | 'external'>>;

/** Beside the bundle, so that whoever has the code finds how to make it. */
const recipePlace = (cache: string, hash: string): string => join(cache, `${hash}.recipe.json`);

const optionsOf = (entry: string, { alias, external }: OwnOptions, root: string) => ({
  ...buildOptions,
  external,
  entryPoints: [entry],
  outfile: join(root, codeFile),
  absWorkingDir: root,
  alias: { ...alias, '@aws-sdk/credential-provider-node': credentialProvider },
});

type Options = ReturnType<typeof optionsOf>;

/** Where a bundle and what is known of it are kept. */
interface Place {
  readonly root: string;
  readonly cache: string;
  readonly manifest: string;
}

const keptAt = (entry: string, own: OwnOptions): Place => {
  const nodeModules = nodeModulesAbove(entry);
  const root = dirname(nodeModules);
  const cache = cacheIn(nodeModules);
  const key = sha256(JSON.stringify([esbuildVersion, buildOptions, relative(root, entry), own]));
  return { root, cache, manifest: join(cache, '..', 'manifests', `${key.slice(0, 32)}.json`) };
};

const keep = ({ outputFiles, metafile }: BuildResult<Options>, place: Place): Manifest => {
  const contentOf = (end: string): Uint8Array => outputFiles.find((file) => file.path.endsWith(end))?.contents ?? new Uint8Array();
  const code = contentOf(codeFile);
  const hash = hashOfCode(code);
  const { directory, sourceMap } = placeOf(place.cache, hash);
  writeWhole(join(directory, codeFile), code);
  writeWhole(sourceMap, contentOf('.map'));
  const inputs = Object.keys(metafile.inputs).map((file) => [file, hashOfFile(join(place.root, file))] as const);
  const manifest = {
    hash,
    inputs: Object.fromEntries(inputs.filter((input): input is readonly [string, string] => input[1] !== undefined)),
  };
  writeWhole(place.manifest, JSON.stringify(manifest));
  return manifest;
};

const makingOf = ({ root }: Place, { alias }: OwnOptions) => ({ root, modules: Object.values(alias) });

const build = (entry: string, own: OwnOptions, place: Place): Manifest => {
  const making = makingOf(place, own);
  let result: BuildResult<Options>;
  try {
    result = buildSync(optionsOf(entry, own, place.root));
  } catch (failure) {
    throw clearFailure(failure, making);
  }
  assertHandler(result.metafile, making);
  return keep(result, place);
};

const tellRecipe = ({ hash, inputs }: Manifest, { entry, own }: Pick<BundleRecipe, 'entry' | 'own'>, { root, cache }: Place): Bundle => {
  const recipe: BundleRecipe = { entry, inputs: Object.keys(inputs).map((file) => join(root, file)), own };
  writeChanged(recipePlace(cache, hash), JSON.stringify(recipe));
  return placeOf(cache, hash);
};

/**
 * Bundles a handler, or takes the bundle of an earlier synth if none of its files has changed since.
 * The same files give the same bytes.
 *
 * @throws Error of esbuild for code that cannot be bundled
 * @throws Error for a function of the definition whose entry exports no `handler`
 */
export const bundleFunction = ({ entry, modules = {}, externalModules = [] }: BundleOptions): Bundle => {
  const own: OwnOptions = { alias: writeModules(modules, cacheIn(nodeModulesAbove(entry))), external: [...externalModules] };
  const place = keptAt(entry, own);
  const current = readCurrentManifest(place.manifest, place.root);
  const isPresent = current !== undefined && existsSync(join(placeOf(place.cache, current.hash).directory, codeFile));
  const manifest = current !== undefined && isPresent ? current : build(entry, own, place);
  return tellRecipe(manifest, { entry, own }, place);
};

/**
 * How the code of a function was made, for a project that was synthesized on this machine.
 *
 * @param code the content of the bundle
 * @returns undefined for code that is none of our bundles
 */
export const findRecipe = (projectFolder: string, code: Uint8Array): BundleRecipe | undefined => {
  const path = recipePlace(cacheIn(nodeModulesAbove(join(projectFolder, codeFile))), hashOfCode(code));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as BundleRecipe) : undefined;
};

/** What esbuild has read already, by recipe. The latest used are last. */
const contexts = new Map<string, Promise<BuildContext<Options>>>();
const maxContexts = 4;

const contextOf = (options: Options): Promise<BuildContext<Options>> => {
  const key = JSON.stringify([options.entryPoints, options.alias, options.external]);
  // The synthesis tells what is wrong with the code.
  const found = contexts.get(key) ?? context({ ...options, logLevel: 'silent' as Options['logLevel'] });
  contexts.delete(key);
  contexts.set(key, found);
  const [[oldest, unused] = []] = contexts;
  if (contexts.size > maxContexts && oldest !== undefined && unused !== undefined) {
    contexts.delete(oldest);
    void unused.then((one) => one.dispose());
  }
  return found;
};

/**
 * Makes a bundle again as the next synth will, in less time: what has not changed is not read again.
 *
 * @throws Error of esbuild for code that cannot be bundled, or for an entry that has no exports any more
 */
export const bundleAgain = async ({ entry, own }: BundleRecipe): Promise<Bundle> => {
  const place = keptAt(entry, own);
  const { rebuild } = await contextOf(optionsOf(entry, own, place.root));
  const result = await rebuild();
  assertHandler(result.metafile, makingOf(place, own));
  return tellRecipe(keep(result, place), { entry, own }, place);
};

/** Ends what {@link bundleAgain} has started; to be called before the process exits. */
export const endBundling = async (): Promise<void> => {
  contexts.clear();
  await stop();
};
