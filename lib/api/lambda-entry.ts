import { resolve } from 'node:path';

/** The path of a handler, by its path under `lambdas/`. The synth side knows handlers by their paths only. */
export const lambdaEntry = (path: string): string => resolve(import.meta.dirname, '../../lambdas', path);
