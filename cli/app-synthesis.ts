import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { standInLayers } from '../contracts/variables.ts';
import { AppProcess } from './app-process.ts';
import { UserError } from './user-error.ts';

interface CdkConfiguration {
  readonly app?: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

interface Spare {
  readonly process: AppProcess;
  /** What the process was started with; when it has changed since, the process is of no use. */
  readonly basis: string;
}

/** The construct paths name functions in the log; stack traces and the version resource serve nobody here. */
const localContext = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:disable-stack-trace': true,
  'aws:cdk:version-reporting': false,
};

/**
 * Synthesizes the CDK app of a project as `cdk synth` does, again and again. It writes to two folders by turns, so that the assembly
 * that runs stays whole, and keeps a process at hand that has loaded the app's packages already.
 */
export class AppSynthesis {
  readonly #projectFolder: string;
  readonly #workFolder: string;
  readonly #app: string | undefined;
  #spare: Spare | undefined;
  /** The name of the folder whose assembly runs. */
  #inUse: string | undefined;

  /**
   * @param app the command of the app, in place of the one in cdk.json
   * @throws UserError when the project has no CDK app
   */
  constructor(projectFolder: string, workFolder: string, app?: string) {
    this.#projectFolder = projectFolder;
    this.#workFolder = workFolder;
    this.#app = app;
    this.#configuration();
  }

  /**
   * @returns the folder of the new assembly; it stays until the next call, or if it is kept, until another one is
   * @throws UserError in the app's own words when it fails
   */
  async next(): Promise<string> {
    const { command, context } = this.#configuration();
    const spare = this.#takeSpare(this.#basis(command, context));
    const process = spare ?? this.#start(command, context, false);
    await process.run();
    return process.outputFolder;
  }

  /** Leaves an assembly alone from now on, since the backend runs from it. */
  keep(assembly: string): void {
    this.#inUse = basename(assembly);
  }

  /** Prepares a process for the next call. It holds about 150 MB. */
  warmUp(): void {
    const { command, context } = this.#configuration();
    // Only Node.js itself loads the packages and waits.
    if (this.#spare !== undefined || !/^node\s/.test(command)) return;
    this.#spare = { process: this.#start(command, context, true), basis: this.#basis(command, context) };
  }

  dispose(): void {
    this.#spare?.process.end();
    this.#spare = undefined;
  }

  #start(command: string, context: Readonly<Record<string, unknown>>, wait: boolean): AppProcess {
    return new AppProcess({
      command,
      context,
      wait,
      // CDK's own validation of a template takes seconds; `cdk synth` does it.
      variables: { [standInLayers]: '1', CDK_VALIDATION: 'false' },
      projectFolder: this.#projectFolder,
      outputFolder: join(this.#workFolder, this.#inUse === 'cdk.out' ? 'cdk.out.2' : 'cdk.out'),
      moduleList: join(this.#workFolder, 'modules.json'),
    });
  }

  #takeSpare(basis: string): AppProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.basis === basis) return spare.process;
    spare?.process.end();
    return undefined;
  }

  /** The packages count, too: a process that waits has the old ones loaded. */
  #basis(command: string, context: unknown): string {
    const installed = statSync(join(this.#projectFolder, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
    return JSON.stringify([command, context, installed?.mtimeMs]);
  }

  #configuration(): { readonly command: string; readonly context: Readonly<Record<string, unknown>> } {
    const configuration = this.#readJson('cdk.json') as CdkConfiguration | undefined;
    if (configuration === undefined) {
      throw new UserError(`There is no cdk.json in ${this.#projectFolder}.`, 'Run this in the folder of a CDK app.');
    }
    const { context } = configuration;
    const app = this.#app ?? configuration.app;
    if (app === undefined) throw new UserError('cdk.json names no app.', 'Add "app": "node bin/app.ts" to it.');
    const lookedUp = this.#readJson('cdk.context.json') as Readonly<Record<string, unknown>> | undefined;
    return { command: app, context: { ...context, ...lookedUp, ...localContext } };
  }

  #readJson(name: string): unknown {
    if (!readdirSync(this.#projectFolder).includes(name)) return undefined;
    try {
      return JSON.parse(readFileSync(join(this.#projectFolder, name), 'utf8'));
    } catch (cause) {
      throw new UserError(`${name} is not valid JSON: ${(cause as Error).message}.`, 'Mend it and try again.', { cause });
    }
  }
}
