import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folders: string[] = [];

/** Runs the CDK app in a process without an account, as the CDK CLI does, and gives the folder that it wrote. */
const run = (context: object = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-app-'));
  folders.push(folder);
  const { PATH, HOME } = process.env;
  execFileSync(process.execPath, ['bin/app.ts'], {
    cwd: root,
    env: { PATH, HOME, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: 'pipe',
  });
  return folder;
};

/** The hashes of what is deployed, by path. */
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(cjs|template\.json|assets\.json)$/.test(entry.name))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')];
      }),
  );

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('bin/app.ts', () => {
  it('writes the same bytes each time', () => {
    const [first, second] = [filesOf(run()), filesOf(run())];
    expect(Object.keys(first).length).toBeGreaterThanOrEqual(6);
    expect(second).toEqual(first);
  });

  it('takes the stage from the context', () => {
    const template = readFileSync(join(run({ stage: 'production' }), 'Notes.template.json'), 'utf8');
    expect(template).toContain('"DeletionProtectionEnabled": true');
  });

  it('refuses another stage', () => {
    expect(() => run({ stage: 'prod' })).toThrow(/stage is \\?"prod\\?": use 'development' or 'production'/);
  });
});
