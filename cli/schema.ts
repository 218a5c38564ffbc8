import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SchemaChange } from '../lib/schema-change/backend-schema.ts';
import type { SchemaReport } from '../lib/schema-change/schema-gate.ts';
import { formatSchemaLock, readSchemaLock } from '../lib/schema-change/schema-lock.ts';
import type { CliCommand } from './command.ts';
import { collect, synthesizeProject } from './project-app.ts';
import { heading, print } from './ui.ts';
import { UserError } from './user-error.ts';

interface SchemaOptions {
  readonly context: readonly string[];
  readonly folder: string;
}

const printChange = ({ name, what, advice, backfill }: SchemaChange): void => {
  print(`  ${name}: ${what}${advice === '' ? '' : `. ${advice}`}`);
  if (backfill !== undefined) print(`    then, in each stage that has records: ${backfill}`);
};

const printReport = ({ backend, lockFile, isNew, changes }: SchemaReport): void => {
  print(heading(`${backend} (${lockFile ?? 'no schemaLock'})`));
  if (lockFile === undefined) print('  Nothing is compared. Give the Backend the prop schemaLock: "plinth.schema.json".');
  else if (isNew) print('  Nothing was accepted yet.');
  else if (changes.length === 0) print('  The definition is as it was accepted.');
  for (const change of changes) printChange(change);
};

/** Whether the lock file holds exactly what is defined. */
export const isAccepted = ({ lockFile, backend, schema }: SchemaReport, projectFolder: string): boolean => {
  if (lockFile === undefined) return true;
  const lock = readSchemaLock(resolve(projectFolder, lockFile));
  return (
    formatSchemaLock({ format: 1, backends: { [backend]: schema } }) ===
      formatSchemaLock({ format: 1, backends: { [backend]: lock.backends[backend] ?? schema } }) && lock.backends[backend] !== undefined
  );
};

const synthesize = async ({ context, folder }: SchemaOptions): Promise<readonly SchemaReport[]> => {
  const projectFolder = process.cwd();
  const { reports } = await synthesizeProject({ projectFolder, outputFolder: join(projectFolder, folder, 'schema', 'cdk.out'), context });
  return reports;
};

const accept = async (options: SchemaOptions): Promise<void> => {
  const reports = await synthesize(options);
  const locked = reports.filter(({ lockFile }) => lockFile !== undefined);
  if (locked.length === 0) {
    throw new UserError('No Backend has a lock file.', 'Give it the prop schemaLock: "plinth.schema.json", then run this again.');
  }
  for (const report of locked) {
    printReport(report);
    const file = resolve(report.lockFile ?? '');
    const text = formatSchemaLock({ format: 1, backends: { ...readSchemaLock(file).backends, [report.backend]: report.schema } });
    writeFileSync(file, text);
    print(`  Written to ${report.lockFile}. Review it and commit it with the change.`);
  }
};

const status = async (options: SchemaOptions): Promise<void> => {
  const reports = await synthesize(options);
  for (const report of reports) printReport(report);
  if (reports.every((report) => isAccepted(report, process.cwd()))) return;
  throw new UserError('The definition has changes that the lock file does not have.', 'Run "plinth schema accept" and commit the file.');
};

const withOptions = (command: Command): Command =>
  command
    .option('-c, --context <key=value>', 'context for the app, as for cdk; may be given several times', collect, [])
    .option('--folder <folder>', 'where the app is synthesized', '.plinth');

/** `plinth schema`: what is accepted of the definition, against which each synth compares it. */
export const schema: CliCommand = {
  register: (program) => {
    const group = program.command('schema').description('Compares the definition with the schema that was accepted last');
    withOptions(group.command('accept').description('Writes the present schema into the lock file, for review')).action(accept);
    withOptions(
      group.command('status').description('Prints what has changed since; ends with exit code 1 if something is not accepted'),
    ).action(status);
  },
};
