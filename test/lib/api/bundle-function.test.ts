import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { accountRoutes, userRoutes } from '../../../contracts/auth.ts';
import { backend } from '../../../examples/notes/backend.ts';
import {
  type Bundle,
  type BundleRecipe,
  bundleAgain,
  bundleFunction,
  endBundling,
  eventStreams,
  findRecipe,
} from '../../../lib/api/bundle-function.ts';
import { jsonModule } from '../../../lib/api/compiled-module.ts';
import { authModule } from '../../../lib/auth/auth-module.ts';
import { completeAuthOptions } from '../../../lib/auth/complete-auth-options.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';
import { dataModule } from '../../../lib/data/data-module.ts';

const root = resolve(import.meta.dirname, '../../..');
const entry = (path: string): string => join(root, 'lambdas', path);
const auth = completeAuthOptions(backend.auth);
const compiledData = dataModule(compileModels(backend.data.models, ['admins', 'editors']));

const bundles = {
  records: { entry: entry('data/handler.ts'), modules: { '@compiled/data': compiledData }, externalModules: [eventStreams] },
  accounts: { entry: entry('auth/handler.ts'), modules: { '@compiled/auth': authModule(auth, Object.keys(accountRoutes)) } },
  users: { entry: entry('auth/users-handler.ts'), modules: { '@compiled/auth': authModule(auth, Object.keys(userRoutes)) } },
  fallback: { entry: entry('api/handler.ts'), modules: { '@compiled/api': jsonModule({ api: { openapi: {}, routes: [] } }) } },
};

/** The files that a bundle holds something of: the map names those that were left after tree shaking. */
const sourcesOf = (sourceMap: string): readonly string[] => JSON.parse(readFileSync(sourceMap, 'utf8')).sources;

describe('bundleFunction', () => {
  it.each(Object.keys(bundles) as (keyof typeof bundles)[])('keeps Zod, the schema compiler and the constructs out of %s', (name) => {
    const sources = sourcesOf(bundleFunction(bundles[name]).sourceMap);
    expect(sources.length).toBeGreaterThan(10);
    const unwanted =
      /node_modules\/(zod|ajv-formats|aws-cdk-lib|constructs|redos-detector|esbuild)\/|node_modules\/ajv\/(?!(dist|lib)\/runtime\/)/;
    expect(sources.filter((source) => unwanted.test(source) || source.startsWith('lib/'))).toEqual([]);
  });

  it.each([
    ['records', /client-cognito-identity-provider|credential-provider-(?!env)/],
    ['users', /credential-provider-(?!env)/],
    ['fallback', /@aws-sdk\//],
  ] as const)('bundles no SDK client that %s does not call', (name, unwanted) => {
    const sources = sourcesOf(bundleFunction(bundles[name]).sourceMap);
    expect(sources.filter((source) => unwanted.test(source) && !source.endsWith('runtime/credential-provider.ts'))).toEqual([]);
  });

  it('keeps the bundle of records small', () => {
    const code = readFileSync(join(bundleFunction(bundles.records).directory, 'index.cjs'));
    expect(code.length).toBeLessThan(400_000);
    expect(gzipSync(code).length).toBeLessThan(130_000);
  });

  it('puts nothing but the code into the folder that is deployed', () => {
    const { directory, sourceMap } = bundleFunction(bundles.fallback);
    expect(readdirSync(directory)).toEqual(['index.cjs']);
    expect(readFileSync(join(directory, 'index.cjs'), 'utf8')).not.toContain('sourceMappingURL');
    expect(existsSync(sourceMap)).toBe(true);
  });

  it('writes the same bytes again when nothing is cached', () => {
    const first = bundleFunction(bundles.users);
    const code = readFileSync(join(first.directory, 'index.cjs'));
    rmSync(first.directory, { recursive: true });
    const second = bundleFunction(bundles.users);
    expect(second).toEqual(first);
    expect(readFileSync(join(second.directory, 'index.cjs')).equals(code)).toBe(true);
  });

  it('takes a finished bundle as long as none of its files changes', () => {
    const file = join(root, 'node_modules', '.cache', `bundle-test-${process.pid}.ts`);
    const bundle = (answer: number) => {
      writeFileSync(file, `export const handler = () => ${answer};`);
      const made = bundleFunction({ entry: file });
      return { hash: made.hash, writtenAt: statSync(join(made.directory, 'index.cjs')).mtimeMs };
    };
    try {
      const first = bundle(1);
      expect(bundle(1)).toEqual(first);
      expect(bundle(2).hash).not.toBe(first.hash);
    } finally {
      rmSync(file);
    }
  });

  it('makes a bundle again, after a change, with the bytes that a synth gives', async () => {
    const folder = join(root, 'node_modules', '.cache', `again-test-${process.pid}`);
    const file = join(folder, 'handler.ts');
    const price = join(folder, 'price.ts');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, "import { price } from './price.ts';\nexport const handler = () => price;");
    writeFileSync(price, 'export const price = 1;');
    const codeOf = ({ directory }: Bundle): string => readFileSync(join(directory, 'index.cjs'), 'utf8');
    try {
      const first = codeOf(bundleFunction({ entry: file }));
      const recipe = findRecipe(root, Buffer.from(first));
      expect(recipe?.inputs).toEqual(expect.arrayContaining([file, price]));
      expect(findRecipe(root, Buffer.from('other code'))).toBeUndefined();
      writeFileSync(price, 'export const price = 2;');
      const again = await bundleAgain(recipe as BundleRecipe);
      expect(codeOf(again)).not.toBe(first);
      expect(bundleFunction({ entry: file })).toEqual(again);
      expect(bundleFunction({ entry: file, externalModules: ['no-such-module'] })).toEqual(again);
      writeFileSync(price, 'export const = 3;');
      await expect(bundleAgain(recipe as BundleRecipe)).rejects.toThrow('Expected identifier');
    } finally {
      await endBundling();
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses, at first and again, an entry of a function that exports nothing', async () => {
    const folder = join(root, 'node_modules', '.cache', `entry-test-${process.pid}`);
    const [file, code] = [join(folder, 'around.ts'), join(folder, 'code.ts')];
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, "export { handler } from '@compiled/function-parts';");
    writeFileSync(code, 'export const handler = () => 1;');
    const modules = { '@compiled/function-parts': `export { handler } from ${JSON.stringify(code)};\n` };
    try {
      const { directory } = bundleFunction({ entry: file, modules });
      const recipe = findRecipe(root, readFileSync(join(directory, 'index.cjs'))) as BundleRecipe;
      writeFileSync(code, 'console.log(1);');
      await expect(bundleAgain(recipe)).rejects.toThrow(/entry-test-\d+\/code\.ts exports no `handler`/);
      expect(() => bundleFunction({ entry: file, modules })).toThrow(/code\.ts exports no `handler`/);
      expect(() => bundleFunction({ entry: file, modules })).toThrow(/code\.ts exports no `handler`/);
    } finally {
      await endBundling();
      rmSync(folder, { recursive: true });
    }
  });

  it('says what to install when there is no node_modules', () => {
    expect(() => bundleFunction({ entry: '/nowhere/handler.ts' })).toThrow(/no folder node_modules lies above/);
  });
});
