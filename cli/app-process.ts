import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definitionFailure } from './definition-failure.ts';

export interface AppProcessOptions {
  /** The command of the CDK app. */
  readonly command: string;
  readonly projectFolder: string;
  /** Where the assembly is written. What was there is removed. */
  readonly outputFolder: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** Where the packages are listed that the app loads. */
  readonly moduleList: string;
  /** Variables of the app beside those of this process. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Loads the packages and then waits for {@link AppProcess.run}. */
  readonly wait: boolean;
}

const preloadFile = join(import.meta.dirname, `preload-modules${extname(import.meta.filename)}`);

/** One run of the CDK app. */
export class AppProcess {
  readonly outputFolder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(options: AppProcessOptions) {
    const { command, projectFolder, outputFolder } = options;
    this.outputFolder = outputFolder;
    rmSync(outputFolder, { recursive: true, force: true });
    this.#child = spawn(command, { cwd: projectFolder, shell: true, env: environment(options), stdio: ['pipe', 'inherit', 'pipe'] });
    this.#ended = this.#watch(projectFolder);
    this.#ended.catch(() => undefined);
    // An app that ends before it has read its input is no failure of ours.
    this.#child.stdin?.on('error', () => undefined);
  }

  /**
   * Lets the app make its assembly.
   *
   * @throws UserError in the app's own words when it fails
   */
  run(): Promise<void> {
    this.#child.stdin?.end('\n');
    return this.#ended;
  }

  /** Ends a process that waits. */
  end(): void {
    this.#child.stdin?.end();
  }

  #watch(projectFolder: string): Promise<void> {
    let complaint = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    return new Promise((done, failed) => {
      this.#child.on('error', failed);
      this.#child.on('close', (code) => {
        if (code !== 0) failed(definitionFailure(complaint, projectFolder));
        else {
          process.stderr.write(complaint);
          done();
        }
      });
    });
  }
}

function environment({ outputFolder, context, moduleList, variables, wait }: AppProcessOptions): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: own = '' } = process.env;
  return {
    ...process.env,
    ...variables,
    CDK_OUTDIR: outputFolder,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    // It takes longer than all the rest, and `cdk synth` and `cdk deploy` do it.
    CDK_VALIDATION: 'false',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? getCompileCacheDir(),
    NODE_OPTIONS: `${own} --import ${pathToFileURL(preloadFile).href}`.trim(),
    PLINTH_NODE_OPTIONS: own,
    PLINTH_MODULE_LIST: moduleList,
    ...(wait && { PLINTH_WAIT: '1' }),
  };
}
