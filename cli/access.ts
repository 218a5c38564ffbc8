import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access, AccessReport } from '../local/services/iam/access-report.ts';
import type { CliCommand } from './command.ts';
import { askBackend, findRunningBackend } from './running-backend.ts';
import { heading, print } from './ui.ts';
import { UserError } from './user-error.ts';

interface AccessOptions {
  readonly folder: string;
  readonly json: boolean;
}

const readReport = async (folder: string): Promise<AccessReport> => {
  try {
    return (await askBackend(findRunningBackend(folder), 'access-report')) as AccessReport;
  } catch (noBackend) {
    if (!(noBackend instanceof UserError)) throw noBackend;
  }
  try {
    return JSON.parse(readFileSync(join(folder, 'state', 'access-report.json'), 'utf8')) as AccessReport;
  } catch (cause) {
    throw new UserError(
      `No backend runs on ${folder}, and none has left a report there.`,
      'Start one with "plinth dev" and use it first.',
      {
        cause,
      },
    );
  }
};

const printList = (title: string, list: readonly Access[], nameOf: (text: string) => string): void => {
  if (list.length === 0) return;
  print(`\n${heading(title)}`);
  const width = Math.max(...list.map(({ action }) => action.length));
  for (const [role, own] of Map.groupBy(list, (one) => nameOf(one.role))) {
    print(`  ${role}`);
    for (const { action, resource } of own) print(`    ${action.padEnd(width)}  ${nameOf(resource)}`);
  }
};

const run = async ({ folder, json }: AccessOptions): Promise<void> => {
  const report = await readReport(folder);
  if (json) {
    print(JSON.stringify(report, null, 2));
    return;
  }
  const { templateName } = await import('../local/services/iam/access-report.ts');
  const { granted, unused, denied, names } = report;
  const nameOf = (text: string): string => templateName(text, names);
  print(
    `${granted.length} grants, ${unused.length} not used so far; ${denied.length} ${denied.length === 1 ? 'request' : 'requests'} refused.`,
  );
  printList('Refused: the role may not do it', denied, nameOf);
  printList('Granted, and not used so far', unused, nameOf);
};

/** `plinth access`: what the roles of the local backend did, set against what they may do. */
export const access: CliCommand = {
  register: (program) => {
    program
      .command('access')
      .description('Shows what the roles of the local backend may do and have not done, and what they were refused')
      .option('--folder <folder>', 'where the data is kept', '.plinth')
      .option('--json', 'prints everything, as JSON', false)
      .action(run);
  },
};
