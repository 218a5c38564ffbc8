import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export interface BackgroundOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  /** Where both outputs go. */
  readonly logFile: string;
  /** Asks for an orderly end. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
}

/** A server that this run started and stops. */
export class BackgroundProcess {
  readonly #child: ChildProcess;
  readonly #command: string;
  readonly #logFile: string;
  readonly #stopSignal: NodeJS.Signals;
  readonly #ended: Promise<void>;

  constructor(command: string, args: readonly string[], { logFile, stopSignal = 'SIGTERM', ...options }: BackgroundOptions) {
    const log = openSync(logFile, 'a');
    this.#child = spawn(command, args, { ...options, stdio: ['ignore', log, log] });
    this.#command = command;
    this.#logFile = logFile;
    this.#stopSignal = stopSignal;
    this.#ended = new Promise((done) => {
      this.#child.once('exit', () => done());
      this.#child.once('error', () => done());
    });
  }

  /** @throws Error when the program could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#command} could not be started`);
    return this.#child.pid;
  }

  /**
   * Asks again and again until the server answers.
   *
   * @throws Error with the log when it ended, or took longer than a minute
   */
  async ready<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined) return answer;
      const ended = this.#child.exitCode !== null || this.#child.pid === undefined;
      if (ended || performance.now() > deadline) {
        const reason = ended ? 'ended' : 'did not become ready';
        throw new Error(`${this.#command} ${reason}:\n${readFileSync(this.#logFile, 'utf8').slice(-4_000)}`);
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  async stop(): Promise<void> {
    this.#child.kill(this.#stopSignal);
    await this.#ended;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
