import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { CliCommand } from './command.ts';
import { print, row } from './ui.ts';
import { UserError } from './user-error.ts';

const packageOf = (path: string): object => {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch (cause) {
    throw new UserError(`${path} is no JSON: ${(cause as Error).message}.`, 'Mend it, then try again: nothing was written.', { cause });
  }
};

const listsIgnored = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').includes('.plinth');

const run = async (given: string): Promise<void> => {
  const { completePackage, initialFiles } = await import('./init-files.ts');
  const folder = resolve(given);
  const files = initialFiles(basename(folder));
  const taken = Object.keys(files).filter((path) => existsSync(join(folder, path)));
  if (taken.length > 0) {
    throw new UserError(
      `${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} there already: nothing was written.`,
      'Choose another folder.',
    );
  }
  const manifest = join(folder, 'package.json');
  const completed = completePackage(packageOf(manifest), basename(folder));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: 'wx' });
  }
  writeFileSync(manifest, completed);
  const ignored = join(folder, '.gitignore');
  if (!listsIgnored(ignored)) writeFileSync(ignored, 'node_modules\ncdk.out\n.plinth\n', { flag: 'a' });
  print(`A backend is in ${given === '.' ? 'this folder' : given}: one model, whose records belong to their owners.`);
  print(row('Look at', 'backend.ts'));
  print(row('Install', given === '.' ? 'npm install' : `cd ${relative('.', folder)} && npm install`));
  print(row('Run', 'npm run dev'));
  print(row('Deploy', 'npm run deploy'));
};

/** `plinth init`: begins a backend in a folder. */
export const init: CliCommand = {
  register: (program) => {
    program
      .command('init [folder]')
      .description('Begins a backend: a definition, the app of the CDK, package.json')
      .action((folder = '.') => run(folder));
  },
};
