import { extname, resolve } from 'node:path';

/** Handlers lie beside us as what we are: sources in the project, JavaScript in the published package. */
const extension = extname(import.meta.filename);

/** The path of a handler, by its path under `lambdas/`. The synth side knows handlers by their paths only. */
export const lambdaEntry = (path: string): string => resolve(import.meta.dirname, '../../lambdas', path.replace(/\.ts$/, extension));
