import { availableParallelism } from 'node:os';
import { AwsError, type LocalContext } from '../service.ts';
import { environmentVariables } from './environment-variables.ts';
import { type EnvironmentOptions, type ExecutionEnvironment, InitFailure, type Outcome } from './execution-environment.ts';
import type { FunctionCode, PreparedCode } from './function-code.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { writeFunctionLog } from './function-log.ts';
import { ProcessEnvironment } from './process-environment.ts';
import { runtimeCommand } from './runtime-command.ts';
import type { InvocationMessage } from './runtime-protocol.ts';
import { WorkerEnvironment } from './worker-environment.ts';

/** Each environment is a thread or a process: more of them than this serve no one faster on one machine. */
const MAX_ENVIRONMENTS = Math.min(10, 2 * availableParallelism() + 2);
const IDLE_MS = 5 * 60_000;
const HOUSEKEEPING_MS = 30_000;
/** From here on AWS's Node.js runtimes refuse handlers with a callback. */
const FIRST_NODE_WITHOUT_CALLBACKS = 24;
/** How often an invocation may meet an environment that is about to end. */
const MAX_ATTEMPTS = 3;

interface Waiting {
  take(environment: ExecutionEnvironment): void;
  fail(reason: unknown): void;
}

/** The execution environments of one function: started when there is more to do at once, reused, and ended when idle. */
export class FunctionPool {
  #definition: FunctionDefinition;
  readonly #context: LocalContext;
  readonly #code: FunctionCode;
  #prepared: Promise<PreparedCode> | undefined;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Last used last. */
  #idle: { environment: ExecutionEnvironment; since: number }[] = [];
  readonly #retired = new WeakSet<ExecutionEnvironment>();
  readonly #waiting: Waiting[] = [];
  #starting = 0;
  /** Environments that are there or will be. */
  #slots = 0;
  #running = 0;
  #launched = 0;
  readonly #housekeeping: NodeJS.Timeout;
  #disposed = false;

  constructor(definition: FunctionDefinition, context: LocalContext, code: FunctionCode) {
    this.#definition = definition;
    this.#context = context;
    this.#code = code;
    this.#housekeeping = setInterval(() => this.#endIdle(), HOUSEKEEPING_MS);
    this.#housekeeping.unref();
  }

  /** How many environments there are, for tests and the console. */
  get size(): number {
    return this.#environments.size;
  }

  /** @throws AwsError `TooManyRequestsException` when the reserved concurrency is used up */
  async invoke(invocation: Omit<InvocationMessage, 'deadline'>): Promise<Outcome> {
    const { reservedConcurrency = Number.POSITIVE_INFINITY } = this.#definition;
    if (this.#disposed) throw shuttingDown();
    if (this.#running >= reservedConcurrency) throw rateExceeded();
    this.#running += 1;
    try {
      for (let attempt = 1; ; attempt += 1) {
        const environment = this.#takeIdle() ?? (await this.#waitForOne());
        const outcome = await environment.invoke(invocation);
        this.#release(environment);
        if (outcome.notStarted === undefined || attempt === MAX_ATTEMPTS) return outcome;
      }
    } catch (error) {
      if (error instanceof InitFailure) return error.outcome;
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  /** The function as it is served now. */
  get definition(): FunctionDefinition {
    return this.#definition;
  }

  /**
   * Lets running invocations finish and serves the next ones from the code as it is now, or from another definition.
   *
   * @returns when the code is at its place: where it came from may change then
   */
  async reload(definition: FunctionDefinition = this.#definition): Promise<void> {
    const isInUse = this.#environments.size > 0;
    this.#definition = definition;
    for (const environment of this.#environments) this.#retired.add(environment);
    for (const { environment } of this.#idle.splice(0)) void environment.end();
    const prepared = this.#code.prepare(definition);
    this.#prepared = prepared;
    // Whoever calls next is told what is wrong with the code.
    const isThere = await prepared.then(
      () => true,
      () => false,
    );
    // The next call should find it started.
    if (isThere && isInUse && !this.#disposed && this.#prepared === prepared && this.#slots === 0) void this.#start();
  }

  /** Waits for running invocations, at most so long, and ends all environments. */
  async dispose(graceMs: number): Promise<void> {
    clearInterval(this.#housekeeping);
    const end = performance.now() + graceMs;
    while (this.#running > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#disposed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(shuttingDown());
    await Promise.all([...this.#environments].map((environment) => environment.end()));
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    return this.#idle.pop()?.environment;
  }

  #waitForOne(): Promise<ExecutionEnvironment> {
    return new Promise((take, fail) => {
      this.#waiting.push({ take, fail });
      this.#startIfNeeded();
    });
  }

  #startIfNeeded(): void {
    if (!this.#disposed && this.#waiting.length > this.#starting && this.#slots < MAX_ENVIRONMENTS) void this.#start();
  }

  async #start(): Promise<void> {
    this.#starting += 1;
    this.#slots += 1;
    let launched = false;
    try {
      this.#prepared ??= this.#code.prepare(this.#definition);
      const prepared = this.#prepared;
      const environment = await this.#launch(await prepared);
      launched = true;
      if (prepared !== this.#prepared) this.#retired.add(environment);
      await environment.ready;
      this.#context.log.debug?.(this.#definition.name, `Init Duration: ${environment.ageMs.toFixed(2)} ms`);
      this.#starting -= 1;
      this.#release(environment);
    } catch (error) {
      this.#starting -= 1;
      if (!launched) {
        this.#slots -= 1;
        this.#prepared = undefined;
        // Nothing of the function ran that could have printed it.
        if (!this.#disposed)
          writeFunctionLog(this.#context.log, this.#definition.name, 'error', `The function could not be started: ${reasonOf(error)}`);
      }
      this.#waiting.shift()?.fail(error instanceof InitFailure ? error : new InitFailure(cannotStart(error)));
    }
  }

  async #launch(code: PreparedCode): Promise<ExecutionEnvironment> {
    const { name, memoryMb, timeoutMs } = this.#definition;
    this.#launched += 1;
    const logStreamName = `${new Date(this.#context.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${this.#launched}`;
    const environment = await this.#create(code, logStreamName, {
      variables: environmentVariables(this.#definition, this.#context, { taskRoot: code.taskRoot, logStreamName }),
      memoryMb,
      timeoutMs,
      onLog: (level, printed) => writeFunctionLog(this.#context.log, name, level, printed),
      onEnd: () => this.#forget(environment),
    });
    this.#environments.add(environment);
    return environment;
  }

  /** Node.js runs in a thread, which starts fastest; everything else in a process of its own. */
  async #create(code: PreparedCode, logStreamName: string, options: EnvironmentOptions): Promise<ExecutionEnvironment> {
    const { name: functionName, handler, memoryMb, logGroupName, nodeVersion } = this.#definition;
    const { taskRoot, codeFolder } = code;
    if (nodeVersion === undefined) {
      const { note, variables, ...command } = await runtimeCommand(this.#definition, code, options.variables);
      if (this.#disposed) throw new Error('shutting down');
      if (note !== undefined && this.#launched === 1) this.#context.log.warn('lambda', note);
      return new ProcessEnvironment({ ...options, ...command, folder: taskRoot, variables: { ...options.variables, ...variables } });
    }
    if (this.#disposed) throw new Error('shutting down');
    const refusesCallbacks = nodeVersion >= FIRST_NODE_WITHOUT_CALLBACKS;
    const clock = this.#context.clock.shared;
    const setup = { taskRoot, codeFolder, handler, functionName, memoryMb, logGroupName, logStreamName, refusesCallbacks, clock };
    return new WorkerEnvironment({ ...options, setup });
  }

  #release(environment: ExecutionEnvironment): void {
    if (!environment.usable) return;
    if (this.#retired.has(environment)) {
      void environment.end();
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#idle.push({ environment, since: performance.now() });
    else waiting.take(environment);
  }

  #forget(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment);
    this.#slots -= 1;
    this.#idle = this.#idle.filter((idle) => idle.environment !== environment);
    // Whoever waits must not wait for an environment that is gone.
    this.#startIfNeeded();
  }

  #endIdle(): void {
    const now = performance.now();
    for (const { environment, since } of this.#idle) if (now - since > IDLE_MS) void environment.end();
  }
}

function shuttingDown(): AwsError {
  return new AwsError('ServiceException', 'The local backend ends.', { status: 503 });
}

function rateExceeded(): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    status: 429,
    members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User' },
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function cannotStart(error: unknown): Outcome {
  return {
    payload: JSON.stringify({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: reasonOf(error), trace: [] }),
    functionError: 'Unhandled',
  };
}
