import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FunctionErrorDocument, InvocationMessage, LogLevel, RuntimeMessage, RuntimeSetup } from './runtime-protocol.ts';

/** How an invocation ended. */
export interface Outcome {
  /** JSON text: what the handler returned, or Lambda's error document. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
  /** The environment ended before the invocation had begun in it: another one may take it. */
  readonly notStarted?: true;
}

export interface EnvironmentOptions {
  readonly setup: RuntimeSetup;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly onLog: (level: LogLevel, text: string) => void;
  /** Told once, when the environment can't be used any more. */
  readonly onEnd: () => void;
}

interface Running {
  readonly id: string;
  readonly settle: (outcome: Outcome) => void;
}

/** AWS allows 10 seconds for the start of a function, besides its own time-out. */
const MAX_INIT_MS = 10_000;
/** AWS: "6 MB" for responses is 6 MiB and 100 bytes. */
const MAX_RESPONSE_BYTES = 6_291_556;
/**
 * V8 ends the whole process when one allocation goes beyond a thread's limit, so the limit is far above the memory size, and the
 * size is watched from outside. Half of it may be garbage that V8 has not collected yet.
 */
const V8_HEADROOM_MB = 1_024;
const GARBAGE_FACTOR = 1.5;
const WATCH_INTERVAL_MS = 50;
const MEBIBYTE = 1_048_576;
const WORKER_FILE = join(import.meta.dirname, `worker-runtime${extname(import.meta.filename)}`);

/** One execution environment: a worker thread with the function's code, which takes one invocation at a time. */
export class FunctionEnvironment {
  /** Rejects with {@link InitFailure}. */
  readonly ready: Promise<void>;
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #onReady!: () => void;
  #onInitFailure!: (failure: InitFailure) => void;
  #ended = false;
  #startedAt = performance.now();

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onInitFailure = reject;
    });
    this.#worker = new Worker(WORKER_FILE, {
      workerData: options.setup,
      env: { ...options.variables },
      // The machine's own Node options (a debugger, a test runner's loaders) are not the function's.
      execArgv: [],
      argv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.setup.memoryMb * GARBAGE_FACTOR + V8_HEADROOM_MB },
    });
    this.#worker.on('message', (message: RuntimeMessage) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#die(workerError(error)));
    this.#worker.on('exit', (status) => this.#die(exitError(status)));
    this.#timer = setTimeout(() => this.#timeOut(), MAX_INIT_MS + options.timeoutMs);
    this.#watchMemory();
  }

  /** Milliseconds since the start of this environment. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  get usable(): boolean {
    return !this.#ended;
  }

  invoke(invocation: Omit<InvocationMessage, 'deadline'>): Promise<Outcome> {
    return new Promise((settle) => {
      this.#running = { id: invocation.id, settle };
      const deadline = Date.now() + this.#options.timeoutMs;
      this.#timer = setTimeout(() => this.#timeOut(), this.#options.timeoutMs);
      this.#watchMemory();
      this.#worker.postMessage({ ...invocation, deadline } satisfies InvocationMessage);
    });
  }

  /** Ends the thread at once, whatever it does. */
  async end(): Promise<void> {
    this.#die(exitError(0));
    await this.#worker.terminate();
  }

  #receive(message: RuntimeMessage): void {
    if (this.#ended) return;
    switch (message.type) {
      case 'log':
        this.#options.onLog(message.level, message.text);
        return;
      case 'ready':
        this.#clearTimers();
        this.#onReady();
        return;
      case 'initError':
        this.#die(message.error);
        return;
      case 'result':
        this.#settle(withinLimit(message.payload));
        return;
      case 'failure':
        this.#settle(failure(message.error));
        return;
      case 'crash':
        this.#options.onLog('error', `${message.error.errorType}: ${message.error.errorMessage}`);
        this.#die(message.error, message.busy);
        return;
    }
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#watch = undefined;
  }

  #watchMemory(): void {
    const watch = setTimeout(() => void this.#checkMemory(watch), WATCH_INTERVAL_MS);
    this.#watch = watch;
  }

  async #checkMemory(watch: NodeJS.Timeout): Promise<void> {
    const { used_heap_size: heap, external_memory: external } = await this.#worker
      .getHeapStatistics()
      // The thread has ended meanwhile.
      .catch(() => ({ used_heap_size: 0, external_memory: 0 }));
    // Another invocation may have begun, or none runs any more.
    if (this.#watch !== watch) return;
    const limit = this.#options.setup.memoryMb * MEBIBYTE;
    if (heap > limit * GARBAGE_FACTOR || external > limit) {
      this.#die(KILLED);
      void this.#worker.terminate();
    } else {
      this.#watchMemory();
    }
  }

  #settle(outcome: Outcome): void {
    this.#clearTimers();
    const running = this.#running;
    this.#running = undefined;
    running?.settle(outcome);
  }

  #timeOut(): void {
    const message = `Task timed out after ${(this.#options.timeoutMs / 1_000).toFixed(2)} seconds`;
    this.#options.onLog('error', message);
    this.#die({ errorType: 'Sandbox.Timedout', errorMessage: message });
    void this.#worker.terminate();
  }

  #die(error: FunctionErrorDocument, started = true): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onInitFailure(new InitFailure(failure(error)));
    this.ready.catch(() => {});
    const { id = '' } = this.#running ?? {};
    const sandboxError = error.trace === undefined;
    const described = sandboxError ? { ...error, errorMessage: `RequestId: ${id} Error: ${error.errorMessage}` } : error;
    this.#settle(started ? failure(described) : { ...failure(described), notStarted: true });
    this.#options.onEnd();
  }
}

/** A function that can't be started. */
export class InitFailure extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super('the function could not be started');
    this.outcome = outcome;
  }
}

function failure(error: FunctionErrorDocument): Outcome {
  return { payload: JSON.stringify(error), functionError: 'Unhandled' };
}

function withinLimit(payload: string): Outcome {
  if (payload.length * 3 <= MAX_RESPONSE_BYTES || Buffer.byteLength(payload) <= MAX_RESPONSE_BYTES) return { payload };
  return failure({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    trace: [],
  });
}

const KILLED: FunctionErrorDocument = { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' };

function workerError(error: NodeJS.ErrnoException): FunctionErrorDocument {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return KILLED;
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function exitError(status: number): FunctionErrorDocument {
  const reason = status === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${status}`;
  return { errorType: 'Runtime.ExitError', errorMessage: reason };
}
