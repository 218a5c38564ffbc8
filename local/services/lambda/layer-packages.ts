import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface PackageDescription {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
}

/** Where a layer has packages for Node.js: "Packaging your layer content", Lambda Developer Guide. */
const packageFolders = [join('nodejs', 'node_modules'), join('nodejs', 'node24', 'node_modules')];

function describe(folder: string): PackageDescription | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageDescription) : undefined;
}

function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return entries.flatMap((name) => (name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name]));
}

/** Whether a package brings code that is not JavaScript, most often in a package a platform. */
const isNative = ({ optionalDependencies, gypfile }: PackageDescription): boolean =>
  gypfile === true || Object.keys(optionalDependencies ?? {}).length > 0;

/**
 * A layer is made for Lambda's platform, which this machine most often is not. So a package that the project has in the same version
 * is taken from there; it may bring native code for this machine.
 */
function choose(layerPackage: string, name: string): string {
  const own = join(process.cwd(), 'node_modules', name);
  const installed = describe(own);
  if (installed === undefined || installed.version !== describe(layerPackage)?.version) return layerPackage;
  // Functions run in threads that end, and libraries must stay loaded as long as any of them runs: sharp asks for it on Linux.
  if (isNative(installed)) createRequire(join(process.cwd(), 'package.json'))(name);
  return own;
}

/**
 * Puts the packages of layers into a folder `node_modules`, where the code beside it finds them. Of two layers with one package the
 * later counts, as on Lambda, where its files replace those of the earlier.
 *
 * @param layers the folders of the layers in the function's order
 */
export async function linkLayerPackages(layers: readonly string[], nodeModules: string): Promise<void> {
  for (const folder of [...layers].reverse().flatMap((layer) => packageFolders.map((packages) => join(layer, packages)))) {
    for (const name of namesIn(folder)) {
      const link = join(nodeModules, name);
      if (existsSync(link)) continue;
      await mkdir(dirname(link), { recursive: true });
      await symlink(choose(join(folder, name), name), link, 'dir');
    }
  }
}
