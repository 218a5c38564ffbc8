import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { standInLayers } from '../../../contracts/variables.ts';
import { nativeLayer } from '../../../lib/files/native-layer.ts';

const version = sharp.versions.sharp ?? '';
const layers = mkdtempSync(join(tmpdir(), 'plinth-native-'));
const real = join(layers, `sharp-${version.replaceAll('.', '-')}-linux-arm64`);

/** A command `npm` that does this in place of npm's own. */
const withNpm = (script: string, run: () => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-npm-'));
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'npm'), 0o755);
  const { PATH: path = '' } = process.env;
  const stands = process.env[standInLayers];
  process.env['PATH'] = `${folder}:${path}`;
  delete process.env[standInLayers];
  try {
    run();
  } finally {
    process.env['PATH'] = path;
    if (stands !== undefined) process.env[standInLayers] = stands;
    rmSync(folder, { recursive: true, force: true });
  }
};

describe('nativeLayer', () => {
  beforeAll(() => {
    process.env[standInLayers] = '1';
  });
  afterAll(() => rmSync(layers, { recursive: true, force: true }));

  it('refuses a package that is not installed', () => {
    expect(() => nativeLayer('no-such-package')).toThrow(/no-such-package is not installed.*run npm install/);
  });

  it('says what to do when npm fails, and leaves nothing behind', () => {
    withNpm('echo "npm error network unreachable" >&2; exit 1', () => {
      expect(() => nativeLayer('sharp', layers)).toThrow(
        /sharp@.* could not be installed for Lambda \(linux, arm64\): npm error network unreachable; check that/,
      );
    });
    expect(readdirSync(layers)).toEqual([]);
  });

  it('refuses what has no binary for Lambda', () => {
    withNpm('mkdir -p node_modules/sharp', () => {
      expect(() => nativeLayer('sharp', layers)).toThrow(/npm brought no binary for it/);
    });
    expect(existsSync(real)).toBe(false);
  });

  it('asks npm for the version of the project and the platform of Lambda, once', () => {
    const script = `echo "$@" > node_modules.txt; mkdir -p node_modules/@img/sharp-linux-arm64/lib; touch node_modules/@img/sharp-linux-arm64/lib/sharp.node`;
    withNpm(script, () => expect(nativeLayer('sharp', layers)).toBe(real));
    withNpm('exit 1', () => expect(nativeLayer('sharp', layers)).toBe(real));
    const asked = readFileSync(join(real, 'nodejs', 'node_modules.txt'), 'utf8');
    expect(asked).toContain(`install --os=linux --cpu=arm64 --libc=glibc --ignore-scripts`);
    expect(asked).toContain(`sharp@${version}`);
  });

  it('installs nothing for local mode, and takes another folder', () => {
    const folder = nativeLayer('sharp', layers);
    expect(folder).not.toBe(real);
    expect(readdirSync(join(folder, 'nodejs', 'node_modules', 'sharp'))).toEqual(['package.json']);
  });
});
