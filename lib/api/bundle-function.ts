import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, buildSync, version as esbuildVersion } from 'esbuild';
import { bundleCache } from '../../contracts/bundle-cache.ts';
import { lambdaEntry } from './lambda-entry.ts';

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

const build = (entry: string, { alias, external }: OwnOptions, root: string, cache: string): Manifest => {
  const { outputFiles, metafile } = buildSync({
    ...buildOptions,
    external,
    entryPoints: [entry],
    outfile: join(root, codeFile),
    absWorkingDir: root,
    alias: { ...alias, '@aws-sdk/credential-provider-node': credentialProvider },
  });
  const contentOf = (end: string): Uint8Array => outputFiles.find((file) => file.path.endsWith(end))?.contents ?? new Uint8Array();
  const code = contentOf(codeFile);
  const hash = hashOfCode(code);
  const place = placeOf(cache, hash);
  writeWhole(join(place.directory, codeFile), code);
  writeWhole(place.sourceMap, contentOf('.map'));
  const inputs = Object.keys(metafile.inputs).map((file) => [file, hashOfFile(join(root, file))] as const);
  return { hash, inputs: Object.fromEntries(inputs.filter((input): input is readonly [string, string] => input[1] !== undefined)) };
};

const makeBundle = (entry: string, own: OwnOptions): Bundle => {
  const nodeModules = nodeModulesAbove(entry);
  const root = dirname(nodeModules);
  const cache = cacheIn(nodeModules);
  const key = sha256(JSON.stringify([esbuildVersion, buildOptions, relative(root, entry), own]));
  const manifestPath = join(cache, '..', 'manifests', `${key.slice(0, 32)}.json`);
  const current = readCurrentManifest(manifestPath, root);
  const isPresent = current !== undefined && existsSync(join(placeOf(cache, current.hash).directory, codeFile));
  const manifest = current !== undefined && isPresent ? current : build(entry, own, root, cache);
  if (manifest !== current) writeWhole(manifestPath, JSON.stringify(manifest));
  const recipe: BundleRecipe = { entry, inputs: Object.keys(manifest.inputs).map((file) => join(root, file)), own };
  writeChanged(recipePlace(cache, manifest.hash), JSON.stringify(recipe));
  return placeOf(cache, manifest.hash);
};

/**
 * Bundles a handler, or takes the bundle of an earlier synth if none of its files has changed since.
 * The same files give the same bytes.
 *
 * @throws Error of esbuild for code that cannot be bundled
 */
export const bundleFunction = ({ entry, modules = {}, externalModules = [] }: BundleOptions): Bundle =>
  makeBundle(entry, { alias: writeModules(modules, cacheIn(nodeModulesAbove(entry))), external: [...externalModules] });

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

/**
 * Makes the bundle again, as the next synth will.
 *
 * @throws Error of esbuild for code that cannot be bundled
 */
export const bundleAgain = ({ entry, own }: BundleRecipe): Bundle => makeBundle(entry, own);
