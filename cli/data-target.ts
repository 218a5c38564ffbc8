import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Command } from 'commander';
import type { CompiledModel } from '../contracts/compiled.ts';
import { outputs } from '../contracts/outputs.ts';
import type { ModelSchema } from '../lib/schema-change/backend-schema.ts';
import { connectToBackend } from './backend-connection.ts';
import { collect, synthesizeProject } from './project-app.ts';
import { UserError } from './user-error.ts';

/** Options that say whose data is meant. */
export interface TargetOptions {
  readonly folder: string;
  readonly stack?: string;
  readonly context: readonly string[];
}

/** One model, and where its records are. */
export interface ModelTarget {
  readonly model: CompiledModel;
  readonly schema: ModelSchema;
  readonly table: string;
  /** The table of unique values, counters and markers. */
  readonly constraints: string;
}

/** A backend whose data is looked after: local or on AWS, by the same requests. */
export interface DataTarget {
  readonly client: DynamoDBDocumentClient;
  readonly models: readonly ModelTarget[];
  /** Says which backend it is. */
  readonly name: string;
}

/** Adds the options that every command on data has. */
export const withTarget = (command: Command): Command =>
  command
    .option(
      '--stack <name>',
      'the deployed stack, with the AWS credentials and region of the environment; without it: the running local backend',
    )
    .option('--folder <folder>', 'the folder of the local backend', '.plinth')
    .option('-c, --context <key=value>', 'context for the app, as for cdk; may be given several times', collect, []);

/**
 * Connects to the data of a backend. The models are those of the definition in this folder.
 *
 * @throws UserError when the backend does not run, or is of another definition
 */
export const openTarget = async ({ folder, stack, context }: TargetOptions): Promise<DataTarget> => {
  const { client: options, values, name: backendName } = await connectToBackend({ folder, ...(stack !== undefined && { stack }) });
  const named = values[outputs.dataTables];
  if (named === undefined) {
    throw new UserError(`${backendName} does not name its tables.`, 'Deploy it (or start it) again with this version of Plinth.');
  }
  const tables = JSON.parse(named) as Readonly<Record<string, string>>;
  const projectFolder = process.cwd();
  const { reports } = await synthesizeProject({ projectFolder, outputFolder: join(projectFolder, folder, 'data', 'cdk.out'), context });
  const report = reports.find(({ stack: name }) => name === stack) ?? reports[0];
  const models = Object.entries(report?.models ?? {}).map(([name, model]): ModelTarget => {
    const [table, constraints, schema] = [tables[name], tables[''], report?.schema.models[name]];
    if (table === undefined || constraints === undefined || schema === undefined) {
      throw new UserError(`${backendName} has no model ${name}.`, 'Deploy the definition of this folder first (or start it again).');
    }
    return { model, table, constraints, schema };
  });
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...options, ...(stack !== undefined && { maxAttempts: 10 }) }), {
    marshallOptions: { removeUndefinedValues: true, allowImpreciseNumbers: true },
    unmarshallOptions: { wrapNumbers: Number as unknown as (value: string) => number },
  });
  return { client, models, name: backendName };
};

/**
 * The models that a command is about.
 *
 * @throws UserError for a name that no model has
 */
export const modelsNamed = ({ models }: DataTarget, names: readonly string[]): readonly ModelTarget[] => {
  const known = models.map(({ model }) => model.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`There is no model ${unknown}.`, `Use one of ${known.join(', ')}.`);
  return names.length === 0 ? models : models.filter(({ model }) => names.includes(model.name));
};
