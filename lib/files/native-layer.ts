import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standInLayers } from '../../contracts/variables.ts';
import { nodeModulesAbove } from '../api/bundle-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';

/** Where functions run: Amazon Linux on arm64. */
const platform = { os: 'linux', cpu: 'arm64', libc: 'glibc' } as const;

/** "Packaging your layer content", Lambda Developer Guide. */
const packagesFolder = join('nodejs', 'node_modules');

const nodeModules = (): string => nodeModulesAbove(lambdaEntry('runtime/environment.ts'));

const installedVersion = (name: string): string => {
  const description = join(nodeModules(), name, 'package.json');
  if (!existsSync(description)) throw new Error(`the package ${name} is not installed, but image variants need it: run npm install`);
  return (JSON.parse(readFileSync(description, 'utf8')) as { readonly version: string }).version;
};

/** Packages with native code have a package a platform beside them: `@img/sharp-linux-arm64`. */
const hasBinary = (folder: string, name: string): boolean => {
  const lib = join(folder, packagesFolder, '@img', `${name}-${platform.os}-${platform.cpu}`, 'lib');
  return existsSync(lib) && readdirSync(lib).some((file) => file.endsWith('.node'));
};

const failure = (name: string, version: string, why: string): Error =>
  new Error(
    `the package ${name}@${version} could not be installed for Lambda (${platform.os}, ${platform.cpu}): ${why}; check that npm reaches its registry and synthesize again`,
  );

const install = (folder: string, name: string, version: string): void => {
  const target = join(folder, 'nodejs');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{ "private": true }\n');
  const forPlatform = Object.entries(platform).map(([option, value]) => `--${option}=${value}`);
  // A script of npm that runs this has variables that lead its children back to the project; the prefix says where we are.
  const flags = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error', `--prefix=${target}`];
  const { status, stderr, error } = spawnSync('npm', ['install', ...forPlatform, ...flags, `${name}@${version}`], {
    cwd: target,
    encoding: 'utf8',
    env: { ...process.env },
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw failure(name, version, error.message);
  if (status !== 0) throw failure(name, version, stderr.trim().split('\n').at(-1) || `npm ended with ${status}`);
  if (!hasBinary(folder, name)) throw failure(name, version, 'npm brought no binary for it');
  // It tells from where packages came, and differs from machine to machine.
  rmSync(join(target, 'node_modules', '.package-lock.json'), { force: true });
};

/** Only names the package. Local mode takes the one of the machine; on Lambda a function could do nothing with it. */
const writeStandIn = (folder: string, name: string, version: string): void => {
  const target = join(folder, packagesFolder, name);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ name, version, description: 'A stand-in for local mode' })}\n`);
};

/**
 * The folder of a layer with a package that has native code, in the version of the project, for Lambda's platform. It is installed
 * once and kept in `node_modules/.cache`. Where the variable `PLINTH_STAND_IN_LAYERS` is set, as `plinth dev` does, nothing is installed.
 *
 * @param layers where layers are kept
 * @throws Error for a package that cannot be installed
 */
export const nativeLayer = (name: string, layers = join(nodeModules(), '.cache', 'plinth', 'layers')): string => {
  const version = installedVersion(name);
  const isStandIn = process.env[standInLayers] !== undefined;
  // CDK would take what follows a full stop for the extension of a file.
  const folder = join(layers, `${name}-${version.replaceAll('.', '-')}-${isStandIn ? 'stand-in' : `${platform.os}-${platform.cpu}`}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    if (isStandIn) writeStandIn(unfinished, name, version);
    else install(unfinished, name, version);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another synth was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
};
