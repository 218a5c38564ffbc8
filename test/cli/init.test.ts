import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'plinth.ts');
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plinth-init-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const init = (...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((done) => {
    execFile(process.execPath, [bin, 'init', ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), text: out + err }),
    );
  });
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = (folder: string) => JSON.parse(read(join(folder, 'package.json')));

describe('plinth init', () => {
  it('refuses a folder that has one of its files, and writes nothing', async () => {
    writeFileSync(join(root, 'backend.ts'), 'mine');
    const { code, text } = await init();
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('backend.ts is there already: nothing was written') });
    expect(readdirSync(root)).toEqual(['backend.ts']);
    expect(read('backend.ts')).toBe('mine');
  });

  it('refuses a package.json that is no JSON, and writes nothing', async () => {
    writeFileSync(join(root, 'package.json'), '{');
    const { code, text } = await init();
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('is no JSON') });
    expect(readdirSync(root)).toEqual(['package.json']);
  });

  it('begins a backend in a new folder, and says what to do next', async () => {
    const { code, text } = await init('2nd my_app');
    expect(code).toBe(0);
    expect(text).toContain('cd 2nd my_app && npm install');
    expect(readdirSync(join(root, '2nd my_app')).sort()).toEqual([
      '.gitignore',
      'backend.ts',
      'bin',
      'cdk.json',
      'package.json',
      'tsconfig.json',
    ]);
    expect(read('2nd my_app/bin/app.ts')).toContain("new Stack(app, 'App2ndMyApp')");
    expect(manifest('2nd my_app')).toMatchObject({ name: '2nd-my-app', type: 'module', scripts: { dev: 'plinth dev' } });
  });

  it('leaves what a package has as it is', async () => {
    const found = {
      name: 'mine',
      version: '1.2.3',
      license: 'MIT',
      scripts: { dev: 'vite' },
      dependencies: { plinth: 'file:../plinth.tgz' },
    };
    mkdirSync(join(root, 'mine'));
    writeFileSync(join(root, 'mine', 'package.json'), JSON.stringify(found));
    writeFileSync(join(root, 'mine', '.gitignore'), 'dist\n');
    expect((await init('mine')).code).toBe(0);
    expect(manifest('mine')).toMatchObject({ ...found, scripts: { dev: 'vite', synth: 'cdk synth' } });
    expect(manifest('mine').dependencies['aws-cdk-lib']).toMatch(/^\^2\./);
    expect(read('mine/.gitignore')).toBe('dist\nnode_modules\ncdk.out\n.plinth\n');
  });
});
