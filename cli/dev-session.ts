import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalBackend } from '../local/local-backend.ts';
import type { AppSynthesis } from './app-synthesis.ts';
import type { DataFolder } from './data-folder.ts';
import type { DemoUser } from './demo-users.ts';
import { functionLabels } from './function-labels.ts';
import { LogFile } from './log-file.ts';
import { TerminalLog } from './terminal-log.ts';
import { UserError } from './user-error.ts';

export interface DevSessionOptions {
  readonly synthesis: AppSynthesis;
  readonly folder: DataFolder;
  readonly port: number;
  readonly cdnPort: number;
  readonly awsPort: number;
  readonly demoUsers: boolean;
}

type Ports = Pick<DevSessionOptions, 'port' | 'cdnPort' | 'awsPort'>;

/** What became of a change: `unchanged` when the template is the same as before. */
export type Reload = 'reloaded' | 'unchanged';

/** A backend that follows its definition. */
export class DevSession {
  readonly #options: DevSessionOptions;
  readonly #synthesis: AppSynthesis;
  readonly #log: TerminalLog;
  #assembly = '';
  #backend: LocalBackend | undefined;
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
  warmUp(): void {
    if (!this.#stopped) this.#synthesis.warmUp();
  }

  /**
   * Synthesizes again and runs the result on the same ports. If that fails, the backend runs on as it was.
   *
   * @throws UserError, StartError, TemplateError as {@link DevSession.start}
   */
  async reload(): Promise<Reload> {
    const assembly = await this.#synthesis.next();
    if (this.#stopped || this.#backend === undefined || templatesOf(assembly) === templatesOf(this.#assembly)) return 'unchanged';
    const previous = this.#assembly;
    const { apiUrl, cdnUrl, endpointUrl } = this.#backend;
    // An app that has a distribution from now on gets the port that was asked for.
    const cdnPort = cdnUrl === undefined ? this.#options.cdnPort : portOf(cdnUrl);
    const ports = { port: portOf(apiUrl), cdnPort, awsPort: portOf(endpointUrl) };
    await this.#backend.dispose();
    try {
      await this.#run(assembly, ports);
    } catch (error) {
      await this.#run(previous, ports);
      throw error;
    }
    return 'reloaded';
  }

  /** Lets what is in flight finish. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#synthesis.dispose();
    await this.#backend?.dispose();
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
    return this.#backend;
  }
}

/** The templates name the code by its hash, so two assemblies with the same templates are the same. */
const templatesOf = (assembly: string): string =>
  readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(assembly, name), 'utf8')}`)
    .join('\n');

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
