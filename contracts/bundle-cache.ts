/**
 * Where a synth leaves the bundles of functions, below the project's `node_modules`. Local mode and `plinth dev` find there what is not
 * deployed: the source map `<hash>.map` and how a bundle was made, `<hash>.recipe.json`.
 */
export const bundleCache = {
  path: '.cache/plinth/bundles',
  /** The one file of a bundle. `.cjs`, so that no `package.json` above it makes it something else. */
  codeFile: 'index.cjs',
  /** A bundle is named by so many characters of the SHA-256 of its code. */
  hashLength: 32,
} as const;
