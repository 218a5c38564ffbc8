import type { LocalBackend } from '../local/local-backend.ts';
import type { AppSynthesis } from './app-synthesis.ts';
import { templatesOf } from './assembly-code.ts';
import type { DataFolder } from './data-folder.ts';
import type { DemoUser } from './demo-users.ts';
import { functionLabels } from './function-labels.ts';
import { LogFile } from './log-file.ts';
import type { Replacements, RunningCode } from './running-code.ts';
import { TerminalLog } from './terminal-log.ts';
import { UserError } from './user-error.ts';

export interface DevSessionOptions {
  readonly projectFolder: string;
  readonly synthesis: AppSynthesis;
  readonly folder: DataFolder;
  readonly port: number;
  readonly cdnPort: number;
  readonly awsPort: number;
  readonly demoUsers: boolean;
}

type Ports = Pick<DevSessionOptions, 'port' | 'cdnPort' | 'awsPort'>;

/** What became of a change: everything runs anew, or the functions that are listed run from other code, maybe none. */
export type Reload = 'reloaded' | readonly string[];

/** A backend that follows its definition. */
export class DevSession {
  readonly #options: DevSessionOptions;
  readonly #synthesis: AppSynthesis;
  readonly #log: TerminalLog;
  #assembly = '';
  #code: RunningCode | undefined;
  #backend: LocalBackend | undefined;
  #exchange: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: DevSessionOptions) {
    this.#options = options;
    this.#synthesis = options.synthesis;
    this.#log = new TerminalLog(new LogFile(options.folder.logFile));
  }

  /**
   * Synthesizes and starts.
   *
   * @returns the backend, and the demo users that it has
   * @throws UserError, StartError, TemplateError in words for the person at the terminal
   */
  async start(): Promise<{ readonly backend: LocalBackend; readonly demoUsers: readonly DemoUser[] }> {
    const { port, cdnPort, awsPort, demoUsers } = this.#options;
    // The app is another process: local mode's own modules load meanwhile.
    const modules = Promise.all([import('../local/local-backend.ts'), demoUsers ? import('./demo-users.ts') : undefined]);
    const [assembly] = await Promise.all([this.#synthesis.next(), modules]);
    const backend = await this.#run(assembly, { port, cdnPort, awsPort });
    const [, accounts] = await modules;
    return { backend, demoUsers: (await accounts?.createDemoUsers(backend, this.#log)) ?? [] };
  }

  /** Makes ready for the next change. */
  async warmUp(): Promise<void> {
    if (this.#stopped) return;
    this.#synthesis.warmUp();
    (await this.#runningCode()).warmUp();
  }

  /**
   * Serves the functions that these files are in from new bundles, before the app is synthesized again.
   *
   * @returns their labels; none when a bundle can't be made, as the synthesis will say
   */
  replaceBundles(files: ReadonlySet<string>): Promise<readonly string[]> {
    return this.#alone(async () => {
      try {
        return await this.#replace(await (await this.#runningCode()).bundle(files));
      } catch {
        return [];
      }
    });
  }

  /**
   * Synthesizes again. If only code has changed, that is exchanged; else the result runs on the same ports, and if that fails, the
   * backend runs on as it was.
   *
   * @param isOutdated whether there are newer changes: then the result is dropped
   * @throws UserError, StartError, TemplateError as {@link DevSession.start}
   */
  async reload(isOutdated: () => boolean): Promise<Reload> {
    const assembly = await this.#synthesis.next();
    return this.#alone(async () => (isOutdated() ? [] : this.#take(assembly)));
  }

  /** Lets what is in flight finish. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#synthesis.dispose();
    await Promise.all([this.#backend?.dispose(), this.#code?.dispose()]);
  }

  async #take(assembly: string): Promise<Reload> {
    if (this.#stopped || this.#backend === undefined) return [];
    const isSame = templatesOf(assembly) === templatesOf(this.#assembly);
    const changes = isSame ? (await this.#runningCode()).changesTo(assembly) : undefined;
    if (changes !== undefined) return this.#replace(changes);
    await this.#restart(this.#backend, assembly);
    return 'reloaded';
  }

  /** One after the other: what is exchanged must not be what is being started. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#exchange.then(work);
    this.#exchange = done.catch(() => undefined);
    return done;
  }

  async #runningCode(): Promise<RunningCode> {
    // esbuild is needed only after a change.
    const { RunningCode } = await import('./running-code.ts');
    this.#code ??= new RunningCode(this.#options.projectFolder, this.#assembly);
    return this.#code;
  }

  async #restart(running: LocalBackend, assembly: string): Promise<void> {
    const previous = this.#assembly;
    const { apiUrl, cdnUrl, endpointUrl } = running;
    // An app that has a distribution from now on gets the port that was asked for.
    const cdnPort = cdnUrl === undefined ? this.#options.cdnPort : portOf(cdnUrl);
    const ports = { port: portOf(apiUrl), cdnPort, awsPort: portOf(endpointUrl) };
    const code = this.#code;
    await running.dispose();
    try {
      await this.#run(assembly, ports);
    } catch (error) {
      await this.#run(previous, ports);
      this.#code = code;
      if (code !== undefined) await this.#replace(code.replacements);
      throw error;
    }
  }

  async #replace(replacements: Replacements): Promise<readonly string[]> {
    if (replacements.size === 0 || this.#backend === undefined) return [];
    const names = await this.#backend.replaceCode(replacements);
    this.#code?.replaced(replacements);
    return names.map((name) => this.#log.labelOf(name));
  }

  async #run(assembly: string, ports: Ports): Promise<LocalBackend> {
    const { port, cdnPort, awsPort } = ports;
    const { startLocal } = await import('../local/local-backend.ts');
    this.#log.labels = functionLabels(assembly);
    try {
      this.#backend = await startLocal({ assembly, folder: this.#options.folder.state, apiPort: port, cdnPort, awsPort, log: this.#log });
    } catch (error) {
      throw portTaken(error, ports) ?? error;
    }
    this.#assembly = assembly;
    this.#synthesis.keep(assembly);
    this.#code = undefined;
    return this.#backend;
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

/** Names the option that chooses another port. */
const portTaken = (error: unknown, { port, cdnPort, awsPort }: Ports): UserError | undefined => {
  if (!(error instanceof Error) || (error.cause as NodeJS.ErrnoException | undefined)?.code !== 'EADDRINUSE') return undefined;
  const options = { '--port': port, '--cdn-port': cdnPort, '--aws-port': awsPort };
  const [taken, number] = Object.entries(options).find(([, used]) => error.message.includes(`Port ${used} `)) ?? ['--port', port];
  return new UserError(
    `Port ${number} is taken by another program.`,
    `Stop that program, or choose another port: "plinth dev ${taken} 0" takes any free one ("npm run dev -- ${taken} 0").`,
    { cause: error },
  );
};
