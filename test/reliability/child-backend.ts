import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalBackend } from '../../local/local-backend.ts';

type Announced = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials'>;

/** Where a backend finds its app, keeps its data, and puts temporary files: a killed process leaves those behind. */
export interface ChildPlace {
  readonly assembly: string;
  readonly folder: string;
  readonly temporary: string;
  /** How many files and connections the process may have open. @default the limit of this process */
  readonly maxFiles?: number;
}

const program = join(import.meta.dirname, 'backend-process.ts');

/** A whole local backend in a process of its own. */
export class ChildBackend {
  /** When the process was started, by `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #announced: Announced | undefined;

  constructor({ assembly, folder, temporary, maxFiles }: ChildPlace) {
    const limited = maxFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${maxFiles}; exec "$@"`, 'sh'];
    const [command = '', ...values] = [...limited, process.execPath, program, assembly, folder];
    this.#process = spawn(command, values, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], TMPDIR: temporary, NODE_COMPILE_CACHE: join(temporary, '..', 'compile-cache') },
    });
    this.#ended = once(this.#process, 'exit');
  }

  /** Resolves when the backend says that it is there. */
  async ready(): Promise<void> {
    const lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
    const [line] = (await Promise.race([once(lines, 'line'), this.#ended])) as [unknown];
    if (typeof line !== 'string') throw new Error(`the backend ended with ${line} before it was ready`);
    this.#announced = JSON.parse(line) as Announced;
  }

  get apiUrl(): string {
    return this.announced.apiUrl;
  }

  get announced(): Announced {
    if (this.#announced === undefined) throw new Error('the backend is not ready');
    return this.#announced;
  }

  /** Everything that is stored, by service. */
  async dump(): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.announced.endpointUrl}/_plinth/dump`)).json()) as Record<string, unknown>;
  }

  /** The last code that was sent to an address. */
  async codeFor(email: string): Promise<string> {
    const answer = await fetch(`${this.announced.endpointUrl}/_plinth/inbox?to=${encodeURIComponent(email)}`);
    return ((await answer.json()) as { code?: string }[]).find(({ code }) => code !== undefined)?.code ?? '';
  }

  /** The process of the backend. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** False when the process has ended by itself. */
  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Ends the process as if the power went. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks the process to end. @returns its exit code and how long it took */
  async terminate(): Promise<{ code: number | null; tookMs: number }> {
    const startedAt = performance.now();
    this.#process.kill('SIGTERM');
    await this.#ended;
    return { code: this.#process.exitCode, tookMs: performance.now() - startedAt };
  }
}
