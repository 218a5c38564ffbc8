import { createRequire } from 'node:module';
import { buildSync } from 'esbuild';

/** Runs the source of a compiled module, as a bundle would have it, and gives its exports. */
export const loadModule = (source: string): Readonly<Record<string, unknown>> => {
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
  });
  const module = { exports: {} as Record<string, unknown> };
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(module, module.exports, createRequire(`${process.cwd()}/`));
  return module.exports;
};
