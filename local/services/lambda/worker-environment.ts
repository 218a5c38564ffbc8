import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EnvironmentLife } from './environment-life.ts';
import {
  type EnvironmentOptions,
  type ExecutionEnvironment,
  exitError,
  failure,
  killed,
  type Outcome,
  withinLimit,
} from './execution-environment.ts';
import { LogBacklog } from './log-backlog.ts';
import type { FunctionErrorDocument, InvocationMessage, RuntimeMessage, RuntimeSetup } from './runtime-protocol.ts';

export interface WorkerEnvironmentOptions extends EnvironmentOptions {
  readonly setup: Omit<RuntimeSetup, 'logBacklog'>;
}

/**
 * V8 ends the whole process when one allocation goes beyond a thread's limit, so the limit is far above the memory size, and the
 * size is watched from outside. Half of it may be garbage that V8 has not collected yet.
 */
const V8_HEADROOM_MB = 1_024;
const GARBAGE_FACTOR = 1.5;
const MEBIBYTE = 1_048_576;
const WORKER_FILE = join(import.meta.dirname, `worker-runtime${extname(import.meta.filename)}`);

/** A Node.js function in a worker thread. */
export class WorkerEnvironment implements ExecutionEnvironment {
  readonly #options: WorkerEnvironmentOptions;
  readonly #life: EnvironmentLife;
  readonly #worker: Worker;
  readonly #backlog: LogBacklog;

  constructor(options: WorkerEnvironmentOptions) {
    this.#options = options;
    const logBacklog = LogBacklog.allocate();
    this.#backlog = new LogBacklog(logBacklog);
    this.#worker = new Worker(WORKER_FILE, {
      workerData: { ...options.setup, logBacklog } satisfies RuntimeSetup,
      env: { ...options.variables },
      // The machine's own Node options (a debugger, a test runner's loaders) are not the function's.
      execArgv: [],
      argv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb * GARBAGE_FACTOR + V8_HEADROOM_MB },
    });
    this.#life = new EnvironmentLife(options, {
      kill: () => void this.#worker.terminate(),
      exceedsMemory: () => this.#exceedsMemory(),
    });
    this.#worker.on('message', (message: RuntimeMessage) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#life.leave(workerError(error)));
    this.#worker.on('exit', (status) => this.#life.leave(exitError(status)));
    this.#life.watchMemory();
  }

  get ready(): Promise<void> {
    return this.#life.ready;
  }

  get ageMs(): number {
    return this.#life.ageMs;
  }

  get usable(): boolean {
    return !this.#life.ended;
  }

  invoke(invocation: Omit<InvocationMessage, 'deadline'>): Promise<Outcome> {
    const outcome = this.#life.begin(invocation.id);
    this.#worker.postMessage({ ...invocation, deadline: Date.now() + this.#options.timeoutMs } satisfies InvocationMessage);
    return outcome;
  }

  async end(): Promise<void> {
    this.#life.die(exitError(0));
    await this.#worker.terminate();
  }

  #receive(message: RuntimeMessage): void {
    if (this.#life.ended) return;
    switch (message.type) {
      case 'log':
        this.#backlog.take(message.text);
        this.#options.onLog(message.level, message.text);
        return;
      case 'ready':
        this.#life.started();
        return;
      case 'initError':
        this.#life.die(message.error);
        return;
      case 'result':
        this.#life.settle(withinLimit(message.payload));
        return;
      case 'failure':
        this.#life.settle(failure(message.error));
        return;
      case 'crash':
        this.#life.die(message.error, message.busy);
        return;
    }
  }

  async #exceedsMemory(): Promise<boolean> {
    const { used_heap_size: heap, external_memory: external } = await this.#worker
      .getHeapStatistics()
      // The thread has ended meanwhile.
      .catch(() => ({ used_heap_size: 0, external_memory: 0 }));
    const limit = this.#options.memoryMb * MEBIBYTE;
    return heap > limit * GARBAGE_FACTOR || external > limit;
  }
}

function workerError(error: NodeJS.ErrnoException): FunctionErrorDocument {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return killed;
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
