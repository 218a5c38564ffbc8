import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const runOn = (version: string) => {
  const script = `Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(version)} });
    const module = (await import('node:module')).default;
    if (${version.startsWith('20')}) delete module.enableCompileCache;`;
  const loads = `data:text/javascript,${encodeURIComponent(script)}`;
  return spawnSync(process.execPath, ['--import', loads, join(root, 'bin/plinth.ts'), '--version'], { encoding: 'utf8' });
};

describe('plinth on an old Node.js', () => {
  it.each(['20.20.2', '22.17.1'])('says which one it needs on %s', (version) => {
    const { status, stderr, stdout } = runOn(version);
    expect({ status, stderr, stdout }).toEqual({
      status: 1,
      stderr: `Plinth needs Node.js 22.18 or later, and this is ${version}: install a newer one.\n`,
      stdout: '',
    });
  });

  it('runs on the first that it needs', () => {
    expect(runOn('22.18.0')).toMatchObject({ status: 0, stdout: '0.1.0\n' });
  });
});
