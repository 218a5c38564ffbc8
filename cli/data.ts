import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { CliCommand } from './command.ts';
import { type DataTarget, type ModelTarget, modelsNamed, openTarget, type TargetOptions, withTarget } from './data-target.ts';
import { collect } from './project-app.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

interface ModelOptions extends TargetOptions {
  readonly model: readonly string[];
}
interface UniqueOptions extends TargetOptions {
  readonly model: string;
  readonly field: string;
}

/** About how many records there are: DynamoDB counts them every six hours. */
const totalOf =
  (database: DataTarget) =>
  async ({ table }: ModelTarget): Promise<number> =>
    (await database.client.send(new DescribeTableCommand({ TableName: table }))).Table?.ItemCount ?? 0;

/** Runs a command on a backend's data. Its modules are loaded by then only. */
const onTarget = async (options: TargetOptions, run: (database: DataTarget) => Promise<void>): Promise<void> => {
  const database = await openTarget(options);
  print(`On ${database.name}`);
  try {
    await run(database);
  } finally {
    database.client.destroy();
  }
};

const runExport = (options: ModelOptions & { readonly out: string; readonly replace: boolean }): Promise<void> =>
  onTarget(options, async (database) => {
    const { exportData } = await import('./data-export.ts');
    await exportData(database, modelsNamed(database, options.model), { ...options, totalOf: totalOf(database) });
  });

const runImport = (options: ModelOptions & { readonly from: string; readonly replace: boolean }): Promise<void> =>
  onTarget(options, async (database) => {
    const { importData } = await import('./data-import.ts');
    await importData(database, modelsNamed(database, options.model), { ...options, isChosen: options.model.length > 0 });
  });

const only = (database: DataTarget, name: string): ModelTarget => modelsNamed(database, [name])[0] as ModelTarget;

const runUnique = (options: UniqueOptions): Promise<void> =>
  onTarget(options, async (database) => {
    const { backfillUnique } = await import('./data-backfill-unique.ts');
    const target = only(database, options.model);
    await backfillUnique(database, target, options.field, await totalOf(database)(target));
  });

type Backfill = (database: DataTarget, target: ModelTarget, total: number) => Promise<void>;

const runBackfill = (options: ModelOptions, load: () => Promise<Backfill>): Promise<void> =>
  onTarget(options, async (database) => {
    if (options.model.length === 0) throw new UserError('No model is named.', 'Name it: --model Note.');
    const backfill = await load();
    for (const target of modelsNamed(database, options.model)) await backfill(database, target, await totalOf(database)(target));
  });

const modelOption = ['--model <name>', 'a model; may be given several times', collect, []] as const;

/** `plinth data`: looks after what is stored, on this machine and on AWS. */
export const data: CliCommand = {
  register: (program) => {
    const group = program.command('data').description('Exports, imports and brings up to date what a backend stores');
    withTarget(group.command('export').description('Writes records as JSON Lines, a file a model'))
      .option(...modelOption)
      .option('--out <folder>', 'where the files are written', 'export')
      .option('--replace', 'removes what the folder holds', false)
      .action(runExport);
    withTarget(group.command('import').description('Stores the records of an export, with their unique values and counters'))
      .option(...modelOption)
      .option('--from <folder>', 'the folder of the export', 'export')
      .option('--replace', 'overwrites records that are there with other values', false)
      .action(runImport);
    const backfill = group.command('backfill').description('Brings records up to a change of the definition that is newer than they are');
    withTarget(
      backfill.command('all').description('Does every backfill that the definition asks for and that this backend has not had yet'),
    )
      .option(...modelOption)
      .action((options: ModelOptions) =>
        onTarget(options, async (database) => {
          const { backfillAll } = await import('./data-backfill-all.ts');
          await backfillAll(database, modelsNamed(database, options.model), totalOf(database));
        }),
      );
    withTarget(backfill.command('records').description('Stores the defaults of later fields and the keys of later indexes'))
      .option(...modelOption)
      .action((options: ModelOptions) => runBackfill(options, async () => (await import('./data-backfill-records.ts')).backfillRecords));
    withTarget(backfill.command('counts').description('Counts stored records for the counters of a model'))
      .option(...modelOption)
      .action((options: ModelOptions) => runBackfill(options, async () => (await import('./data-backfill-counts.ts')).backfillCounts));
    withTarget(backfill.command('unique').description('Records the values of a field that has become unique, or names those held twice'))
      .requiredOption('--model <name>', 'the model')
      .requiredOption('--field <name>', 'the field')
      .action(runUnique);
  },
};
