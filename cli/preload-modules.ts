/**
 * Runs in the process of the CDK app, before the app itself (`node --import`), for {@link AppProcess}: it loads the packages that the
 * app needed last time, then waits for the word to go. So a change of the definition finds a process that has aws-cdk-lib in memory.
 */
import { readFileSync, readSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const { PLINTH_MODULE_LIST: list, PLINTH_WAIT: wait, PLINTH_NODE_OPTIONS: nodeOptions } = process.env;

const preload = (file: string): void => {
  const require = createRequire(import.meta.url);
  let urls: readonly string[] = [];
  try {
    urls = JSON.parse(readFileSync(file, 'utf8')) as readonly string[];
  } catch {
    // The first time there is no list.
  }
  for (const url of urls) {
    try {
      require(fileURLToPath(url));
    } catch {
      // A package may be gone since; the app itself will say so if it needs it.
    }
  }
  const esbuild = urls.find((url) => url.endsWith('/node_modules/esbuild/lib/main.js'));
  // esbuild is a program of its own, which starts with the first call.
  if (esbuild !== undefined) (require(fileURLToPath(esbuild)) as { transformSync(code: string): unknown }).transformSync('');
};

const record = (file: string): void => {
  const urls = new Set<string>();
  module.registerHooks?.({
    load: (url, context, nextLoad) => {
      if (url.startsWith('file:') && url.includes('/node_modules/') && !url.endsWith('.json')) urls.add(url);
      return nextLoad(url, context);
    },
  });
  process.on('exit', (code) => {
    if (code === 0) writeFileSync(file, JSON.stringify([...urls]));
  });
};

/** Whoever started this process closes the pipe when it ends; then there is nothing left to do. */
const waitForWord = (): void => {
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(0);
};

if (isMainThread && list !== undefined) {
  // Processes that the app starts are not meant.
  for (const name of ['PLINTH_MODULE_LIST', 'PLINTH_WAIT', 'PLINTH_NODE_OPTIONS']) delete process.env[name];
  if (nodeOptions === undefined || nodeOptions === '') delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = nodeOptions;
  if (wait === undefined) record(list);
  else {
    preload(list);
    waitForWord();
  }
}
