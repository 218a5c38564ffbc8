import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportSuffix, type SchemaReport } from '../lib/schema-change/schema-gate.ts';
import { AppProcess } from './app-process.ts';
import { UserError } from './user-error.ts';

/** A folder that `cdk synth` would have written, and what its backends say of their schemas. */
export interface ProjectAssembly {
  readonly folder: string;
  readonly reports: readonly SchemaReport[];
}

/** How to synthesize. */
export interface SynthesisOptions {
  readonly projectFolder: string;
  /** A folder of ours; what was in it is replaced. */
  readonly outputFolder: string;
  /** Further context, as `key=value`. */
  readonly context: readonly string[];
}

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UserError(`${file} is not valid JSON: ${(cause as Error).message}.`, 'Mend it and try again.', { cause });
  }
};

const contextOf = (pairs: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', ...value] = pair.split('=');
      if (key === '' || value.length === 0)
        throw new UserError(`"${pair}" is no context.`, 'Write it as key=value, for example -c stage=production.');
      return [key, value.join('=')];
    }),
  );

const reportsIn = (folder: string): readonly SchemaReport[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(reportSuffix))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SchemaReport);

/**
 * Synthesizes the CDK app of a project once, as `cdk synth` would.
 *
 * @throws UserError when there is no app, in the app's own words when it fails, and when it has no backend
 */
export const synthesizeProject = async ({ projectFolder, outputFolder, context }: SynthesisOptions): Promise<ProjectAssembly> => {
  const file = join(projectFolder, 'cdk.json');
  if (!existsSync(file)) throw new UserError(`There is no cdk.json in ${projectFolder}.`, 'Run this in the folder of a CDK app.');
  const configuration = readJson(file) as { readonly app?: string; readonly context?: Readonly<Record<string, unknown>> };
  if (configuration.app === undefined) throw new UserError('cdk.json names no app.', 'Add "app": "node bin/app.ts" to it.');
  const lookedUp = join(projectFolder, 'cdk.context.json');
  const known = existsSync(lookedUp) ? (readJson(lookedUp) as Readonly<Record<string, unknown>>) : {};
  mkdirSync(outputFolder, { recursive: true });
  const app = new AppProcess({
    command: configuration.app,
    projectFolder,
    outputFolder,
    context: { ...configuration.context, ...known, ...contextOf(context) },
    moduleList: join(outputFolder, '..', 'modules.json'),
    wait: false,
  });
  await app.run();
  const reports = reportsIn(outputFolder);
  if (reports.length === 0) throw new UserError('The app has no Backend.', 'Make one: new Backend(stack, "Backend", definition).');
  return { folder: outputFolder, reports };
};

/** Collects an option that may be given several times. */
export const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
