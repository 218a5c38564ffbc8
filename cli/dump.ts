import type { CliCommand } from './command.ts';
import { askBackend, findRunningBackend } from './running-backend.ts';
import { print } from './ui.ts';

/** `plinth dump`: everything that the local backend stores, as JSON. */
export const dump: CliCommand = {
  register: (program) => {
    program
      .command('dump')
      .description('Prints everything that the running local backend stores, as JSON')
      .option('--folder <folder>', 'where the data is kept', '.plinth')
      .action(async ({ folder }: { folder: string }) => {
        print(JSON.stringify(await askBackend(findRunningBackend(folder), 'dump'), null, 2));
      });
  },
};
