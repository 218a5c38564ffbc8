import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

/** Bundles a reference as the constructs bundle a handler; tells the file. */
export const bundle = (input: Pick<BuildOptions, 'entryPoints' | 'stdin'>): string => {
  const outfile = join(mkdtempSync(join(tmpdir(), 'plinth-bench-')), 'index.cjs');
  buildSync({
    ...input,
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
  });
  return outfile;
};
