import cdk from '../cdk.json' with { type: 'json' };
import manifest from '../package.json' with { type: 'json' };

const definition = `import { z } from 'zod';
import { defineBackend, model } from 'plinth';

const Note = model({
  fields: {
    title: z.string().trim().min(1).max(200),
    text: z.string().max(20_000).optional(),
    state: z.enum(['draft', 'published']).default('draft'),
  },
  indexes: { byState: ['state', 'createdAt'] },
  // Nobody may do what no rule allows.
  access: (allow) => [allow.owner(), allow.anyone().to('read').when({ state: 'published' })],
});

export const backend = defineBackend({ data: { models: { Note } } });
`;

const app = (stackName: string): string => `import { App, Stack } from 'aws-cdk-lib';
import { Backend, checkStage } from 'plinth';
import { backend } from '../backend.ts';

const app = new App();
const stage = checkStage(app.node.tryGetContext('stage') ?? 'development');
// Pages of any origin may use it while it is developed; name yours here before it goes into production.
const corsOrigins = stage === 'production' ? [] : ['*'];
new Backend(new Stack(app, '${stackName}'), 'Backend', backend, { stage, corsOrigins });
app.synth();
`;

const tsconfig = {
  compilerOptions: {
    strict: true,
    module: 'nodenext',
    target: 'es2024',
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    types: ['node'],
  },
  include: ['**/*.ts'],
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What CloudFormation takes for the name of a stack, made of that of a folder. */
const stackNameOf = (folder: string): string => {
  const words = folder.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
  return /^[A-Za-z]/.test(name) ? name.slice(0, 100) : `App${name}`.slice(0, 100);
};

/** What npm takes for a name. */
const packageNameOf = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'app';

/** The files of a new backend, by their paths. */
export const initialFiles = (folderName: string): Readonly<Record<string, string>> => ({
  'backend.ts': definition,
  'bin/app.ts': app(stackNameOf(folderName)),
  'cdk.json': json({ app: 'node bin/app.ts', context: cdk.context }),
  'tsconfig.json': json(tsconfig),
});

const { 'aws-cdk-lib': library = '', constructs = '', zod = '' } = manifest.peerDependencies;
const caret = (name: keyof typeof manifest.devDependencies): string => `^${manifest.devDependencies[name]}`;

/** What a package has that is not there yet. */
interface Package {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** Adds to a package what a backend needs; what it has stays as it is. */
export const completePackage = (found: Package, folderName: string): string => {
  const { name = packageNameOf(folderName), scripts, dependencies, devDependencies, allowScripts, ...rest } = found;
  return json({
    name,
    private: true,
    ...rest,
    type: 'module',
    scripts: { dev: 'plinth dev', synth: 'cdk synth', deploy: 'plinth deploy', check: 'tsc', ...scripts },
    dependencies: { 'aws-cdk-lib': library, constructs, plinth: `^${manifest.version}`, zod, ...dependencies },
    devDependencies: {
      '@types/node': caret('@types/node'),
      'aws-cdk': caret('aws-cdk'),
      node: caret('node'),
      typescript: caret('typescript'),
      ...devDependencies,
    },
    // Packages that bring a program for this machine: npm asks before it runs their scripts.
    allowScripts: { 'classic-level': true, esbuild: true, node: true, ...allowScripts },
  });
};
