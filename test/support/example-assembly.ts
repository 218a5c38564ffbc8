import { cachedAssembly } from './cached-assembly.ts';

/** The cloud assembly of `examples/notes`, as `cdk synth` makes it. */
export const exampleAssembly = (): string => cachedAssembly({ app: 'bin/app.ts', sources: ['bin', 'examples'] });
