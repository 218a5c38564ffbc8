import { type EnvironmentOptions, failure, InitFailure, killed, type Outcome } from './execution-environment.ts';
import type { FunctionErrorDocument } from './runtime-protocol.ts';

interface Running {
  readonly id: string;
  readonly settle: (outcome: Outcome) => void;
}

/** What is done to the thread or process behind an environment. */
interface Body {
  /** Ends it at once. */
  kill(): Promise<void> | void;
  /** Whether it takes more memory than it may. */
  exceedsMemory(): Promise<boolean>;
}

/** AWS allows 10 seconds for the start of a function, besides its own time-out. */
const MAX_INIT_MS = 10_000;
const WATCH_INTERVAL_MS = 50;

/** The life of an execution environment, whatever it runs in: it starts, runs one invocation after the other, and ends. */
export class EnvironmentLife {
  /** Rejects with {@link InitFailure}. */
  readonly ready: Promise<void>;
  readonly #options: EnvironmentOptions;
  readonly #body: Body;
  readonly #startedAt = performance.now();
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #onReady!: () => void;
  #onInitFailure!: (failure: InitFailure) => void;
  #ended = false;

  constructor(options: EnvironmentOptions, body: Body) {
    this.#options = options;
    this.#body = body;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onInitFailure = reject;
    });
    this.#timer = setTimeout(() => this.#timeOut(), MAX_INIT_MS + options.timeoutMs);
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The request id of the invocation that runs. */
  get runningId(): string | undefined {
    return this.#running?.id;
  }

  /** The function is loaded. */
  started(): void {
    this.#clearTimers();
    this.#onReady();
  }

  /** Its time begins to count. */
  begin(id: string): Promise<Outcome> {
    return new Promise((settle) => {
      this.#running = { id, settle };
      this.#timer = setTimeout(() => this.#timeOut(), this.#options.timeoutMs);
      this.watchMemory();
    });
  }

  /** The invocation that runs has ended. */
  settle(outcome: Outcome): void {
    this.#clearTimers();
    const running = this.#running;
    this.#running = undefined;
    running?.settle(outcome);
  }

  /**
   * The environment has ended.
   *
   * @param started whether the invocation that it had, if any, had begun
   */
  die(error: FunctionErrorDocument, started = true): void {
    if (this.#ended) return;
    this.#ended = true;
    const id = this.#running?.id ?? '';
    const byLambda = error.trace === undefined && error.stackTrace === undefined;
    const described = byLambda ? { ...error, errorMessage: `RequestId: ${id} Error: ${error.errorMessage}` } : error;
    this.#onInitFailure(new InitFailure(failure(error)));
    this.ready.catch(() => {});
    this.settle(started ? failure(described) : { ...failure(described), notStarted: true });
    this.#options.onEnd();
  }

  /** As {@link EnvironmentLife.die}, of an environment that has ended by itself and has not said why. */
  leave(error: FunctionErrorDocument, started = true): void {
    if (!this.#ended) this.#options.onLog('error', error.errorMessage);
    this.die(error, started);
  }

  /** Goes on until the function is loaded, or until the invocation has ended. */
  watchMemory(): void {
    const watch = setTimeout(() => void this.#checkMemory(watch), WATCH_INTERVAL_MS);
    this.#watch = watch;
  }

  async #checkMemory(watch: NodeJS.Timeout): Promise<void> {
    const isTooMuch = await this.#body.exceedsMemory();
    // Another invocation may have begun, or none runs any more.
    if (this.#watch !== watch) return;
    if (isTooMuch) this.#kill(killedFor(this.#options));
    else this.watchMemory();
  }

  #timeOut(): void {
    const errorMessage = `Task timed out after ${(this.#options.timeoutMs / 1_000).toFixed(2)} seconds`;
    this.#options.onLog('error', errorMessage);
    this.#kill({ errorType: 'Sandbox.Timedout', errorMessage });
  }

  #kill(error: FunctionErrorDocument): void {
    this.die(error);
    void this.#body.kill();
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#watch = undefined;
  }
}

/** What Lambda tells, and what it doesn't. */
function killedFor({ memoryMb, onLog }: EnvironmentOptions): FunctionErrorDocument {
  onLog('error', `Runtime exited with error: signal: killed (it took more than its ${memoryMb} MB of memory)`);
  return killed;
}
