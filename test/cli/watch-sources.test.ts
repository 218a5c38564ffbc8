import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { watchSources } from '../../cli/watch-sources.ts';

const project = mkdtempSync(join(tmpdir(), 'plinth-watch-'));
const path = (...parts: readonly string[]): string => join(project, ...parts);
for (const folder of ['functions/deep', 'node_modules/a', 'functions/node_modules', '.plinth', 'state', 'dist', '.git']) {
  mkdirSync(path(folder), { recursive: true });
}
for (const file of ['backend.ts', 'functions/a.ts', 'functions/deep/b.py']) writeFileSync(path(file), '1');

let told: string[] = [];
const end = watchSources(project, path('state'), (files) => {
  told.push(...[...files].map((file) => relative(project, file)));
});
afterAll(() => {
  end();
  rmSync(project, { recursive: true, force: true });
});

const changesOf = async (work: () => void, longestMs = 15_000): Promise<readonly string[]> => {
  await delay(100);
  told = [];
  work();
  for (let left = longestMs / 50; left > 0 && told.length === 0; left -= 1) await delay(50);
  await delay(100);
  return [...new Set(told)].sort();
};

/** As many editors save: the old file stays whole until the new one takes its place. */
const replace = (file: string): void => {
  writeFileSync(`${path(file)}~`, String(Math.random()));
  renameSync(`${path(file)}~`, path(file));
};

describe('watchSources', () => {
  it.each(['backend.ts', 'functions/a.ts', 'functions/deep/b.py'])(
    'tells of %s however often it is replaced or written to',
    async (file) => {
      for (const save of [replace, replace, (name: string) => appendFileSync(path(name), '2'), replace]) {
        expect(await changesOf(() => save(file))).toEqual([file]);
      }
    },
  );

  it('tells of files in new folders, and of a folder that was made again', async () => {
    const make = (): void => {
      mkdirSync(path('functions/new/deeper'), { recursive: true });
      writeFileSync(path('functions/new/deeper/c.ts'), '1');
    };
    expect(await changesOf(make)).toEqual(['functions/new/deeper/c.ts']);
    expect(await changesOf(() => replace('functions/new/deeper/c.ts'))).toEqual(['functions/new/deeper/c.ts']);
    rmSync(path('functions/new'), { recursive: true });
    expect(await changesOf(make)).toEqual(['functions/new/deeper/c.ts']);
    expect(await changesOf(() => replace('functions/new/deeper/c.ts'))).toEqual(['functions/new/deeper/c.ts']);
  });

  it('tells that a file is gone', async () => {
    expect(await changesOf(() => rmSync(path('functions/deep/b.py')))).toEqual(['functions/deep/b.py']);
  });

  it('tells of nothing else', async () => {
    const others = [
      'node_modules/a/index.js',
      'functions/node_modules/x.js',
      '.plinth/modules.json',
      'state/a.json',
      'dist/a.js',
      '.git/a.json',
    ];
    const write = (): void => {
      for (const file of [...others, 'functions/notes.md', 'functions/a.ts.tmp']) writeFileSync(path(file), '1');
    };
    expect(await changesOf(write, 1_500)).toEqual([]);
  });
});
