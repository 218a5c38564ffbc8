import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { type Run, resource, runFunctions } from './run-functions.ts';

const folder = mkdtempSync(join(tmpdir(), 'plinth-layers-'));

const write = (path: string, content: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};

const writePackage = (layer: string, name: string, says: string, version = '1.0.0'): void => {
  write(`${layer}/nodejs/node_modules/${name}/package.json`, JSON.stringify({ name, version }));
  write(`${layer}/nodejs/node_modules/${name}/index.js`, `module.exports = ${JSON.stringify(says)};`);
};

const handlerOf = (name: string): string => `exports.handler = async () => require(${JSON.stringify(name)});`;
const resize = `const sharp = require('sharp');
exports.handler = async () => (await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } }).png().toBuffer()).length;`;

describe('a function with layers', () => {
  let run: Run;
  beforeAll(async () => {
    writePackage('first', 'greeting', 'first');
    writePackage('first', '@scope/inner', 'inner');
    writePackage('second', 'greeting', 'second');
    // Only names the package, as the layers of local mode do.
    write('native/nodejs/node_modules/sharp/package.json', JSON.stringify({ name: 'sharp', version: sharp.versions.sharp }));
    for (const [name, code] of Object.entries({ greeting: handlerOf('greeting'), inner: handlerOf('@scope/inner'), resize })) {
      write(`code-${name}/index.js`, code);
    }
    const layers = ['first', 'second', 'native'].map((name) => resource('AWS::Lambda::LayerVersion', name, { Content: { S3Key: name } }));
    const arns = layers.map(({ ref }) => ref);
    const functionWith = (name: string, own: readonly (string | undefined)[]) => ({ Code: { S3Key: `code-${name}` }, Layers: own });
    run = await runFunctions(
      {
        greeting: functionWith('greeting', [arns[0], arns[1]]),
        reversed: functionWith('greeting', [arns[1], arns[0]]),
        inner: functionWith('inner', [arns[0]]),
        none: functionWith('greeting', []),
        resize: functionWith('resize', [arns[2]]),
        elsewhere: functionWith('greeting', ['arn:aws:lambda:us-east-1:210987654321:layer:theirs:1']),
      },
      { resources: layers, context: { assetPath: (key) => join(folder, key) } },
    );
  });
  afterAll(async () => {
    await run.service.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says which layers are not here', () => {
    expect(run.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', line: expect.stringContaining('elsewhere has layers that are not here') }),
    );
  });

  it('finds no package of a layer that it does not have', async () => {
    expect((await run.invoke('none')).functionError).toBe('Unhandled');
  });

  it('finds the packages of its layers, scoped ones too', async () => {
    expect((await run.invoke('inner')).payload).toBe('inner');
  });

  it('takes a package that two layers have from the later one', async () => {
    expect((await run.invoke('greeting')).payload).toBe('second');
    expect((await run.invoke('reversed')).payload).toBe('first');
  });

  it('takes native code from the project, for this machine', async () => {
    expect((await run.invoke('resize')).payload).toBeGreaterThan(50);
  });
});
