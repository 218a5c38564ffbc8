import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type Message, type Metafile, transformSync } from 'esbuild';

/** What esbuild says of a file with exports of which none is the handler. */
const otherExports = /^No matching export in "(.+)" for import "handler"$/;

const isScript = /\.m?[jt]s$/;

/** Where a bundle is made, and the modules that exist only in it. */
export interface Making {
  readonly root: string;
  readonly modules: readonly string[];
}

const missing = (file: string, { root }: Making): Error =>
  new Error(
    `${relative('', resolve(root, file))} exports no \`handler\`, so that nothing would run: write \`export const handler = defineFunction<…>(…)\``,
  );

/**
 * Makes the failure of a build clearer where the entry of a function of the definition exports no handler.
 *
 * @returns the failure itself where it is another
 */
export const clearFailure = (failure: unknown, making: Making): unknown => {
  const { errors = [] } = failure as { readonly errors?: readonly Message[] };
  for (const { text, location } of errors) {
    const file = otherExports.exec(text)?.[1];
    if (file !== undefined && location !== null && making.modules.includes(resolve(making.root, location.file)))
      return missing(file, making);
  }
  return failure;
};

const mayExport = (source: string): boolean => /^\s*export\b|\bexports\b/m.test(source);

/** Without its comments, the code tells for sure. */
const exportsNothing = (file: string): boolean => {
  const source = readFileSync(file, 'utf8');
  if (mayExport(source)) return false;
  return !/\bexports?\b/.test(transformSync(source, { loader: 'ts', minify: true, legalComments: 'none', logLevel: 'silent' }).code);
};

/**
 * Looks for what esbuild takes as it is: a file that exports nothing may be a CommonJS module that does so later.
 *
 * @throws Error where the entry of a function is such a file
 */
export const assertHandler = ({ inputs }: Metafile, making: Making): void => {
  const own = Object.keys(inputs).filter((file) => making.modules.includes(resolve(making.root, file)));
  const sources = own
    .flatMap((file) => inputs[file]?.imports ?? [])
    .filter(({ path, external }) => external !== true && isScript.test(path));
  const bare = sources.find(({ path }) => exportsNothing(resolve(making.root, path)));
  if (bare !== undefined) throw missing(bare.path, making);
};
