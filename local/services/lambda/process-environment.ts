import { EnvironmentLife } from './environment-life.ts';
import {
  type EnvironmentOptions,
  type ExecutionEnvironment,
  exitError,
  failure,
  killed,
  type Outcome,
  parsePayload,
  tooLarge,
  withinLimit,
} from './execution-environment.ts';
import { followLines } from './output-lines.ts';
import { type GroupOptions, ProcessGroup } from './process-group.ts';
import { RuntimeApi } from './runtime-api.ts';
import type { FunctionErrorDocument, InvocationMessage, LogLevel } from './runtime-protocol.ts';

export interface ProcessEnvironmentOptions extends EnvironmentOptions, Omit<GroupOptions, 'variables'> {}

const MEBIBYTE = 1_048_576;
/** Longer lines come in parts. */
const MAX_LINE_LENGTH = 262_144;
const LAST_WORDS_MS = 500;

/** A function in a process of its own, whose runtime speaks the Runtime API. */
export class ProcessEnvironment implements ExecutionEnvironment {
  readonly #options: ProcessEnvironmentOptions;
  readonly #life: EnvironmentLife;
  readonly #api: RuntimeApi;
  readonly #exited: Promise<void>;
  #group: ProcessGroup | undefined;
  #started = false;
  /** Whether the runtime has taken the invocation that it was offered. */
  #taken = true;
  #onExited!: () => void;

  constructor(options: ProcessEnvironmentOptions) {
    this.#options = options;
    this.#exited = new Promise((resolve) => {
      this.#onExited = resolve;
    });
    this.#life = new EnvironmentLife(options, {
      kill: () => this.#group?.kill(),
      exceedsMemory: async () => ((await this.#group?.memoryBytes()) ?? 0) > options.memoryMb * MEBIBYTE,
    });
    this.#api = new RuntimeApi({
      onNext: () => this.#begin(),
      onTaken: () => {
        this.#taken = true;
      },
      onResponse: (payload) => this.#life.settle(withinLimit(payload)),
      onResponseTooLarge: () => this.#life.settle(tooLarge()),
      onError: (document, kind) => this.#fail(document, kind),
    });
    void this.#start();
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
    this.#taken = false;
    this.#api.offer({ ...invocation, deadline: Date.now() + this.#options.timeoutMs });
    return outcome;
  }

  async end(): Promise<void> {
    this.#life.die(exitError(0));
    if (this.#group === undefined) this.#onExited();
    else this.#group.kill();
    await this.#exited;
  }

  async #start(): Promise<void> {
    try {
      const address = await this.#api.listen();
      if (this.#life.ended) return this.#close();
      const group = new ProcessGroup({ ...this.#options, variables: { ...this.#options.variables, AWS_LAMBDA_RUNTIME_API: address } });
      this.#group = group;
      this.#followOutput(group);
      group.child.on('error', (error) => this.#exit(cannotRun(error)));
      group.child.on('exit', (status, signal) => this.#exit(endOf(status, signal)));
    } catch (error) {
      this.#exit(cannotRun(error as Error));
    }
  }

  /** The first question of a runtime says that it is ready. */
  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#life.started();
  }

  #followOutput({ child }: ProcessGroup): void {
    const { onLog } = this.#options;
    if (child.stdout !== null) followLines(child.stdout, MAX_LINE_LENGTH, (line) => onLog('info', line));
    if (child.stderr !== null) followLines(child.stderr, MAX_LINE_LENGTH, (line) => onLog('error', line));
    const told = child.stdio[3];
    if (told && 'readable' in told) followLines(told, Number.POSITIVE_INFINITY, (line) => this.#logRecord(line));
  }

  /** What our own runtimes write, whole: `{"level":"info","text":"two\nlines"}`. */
  #logRecord(line: string): void {
    const { level, text } = Object(parsePayload(line)) as { readonly level?: LogLevel; readonly text?: unknown };
    if (typeof text === 'string') this.#options.onLog(level ?? 'info', this.#withoutFolder(text));
  }

  /** Tracebacks of Python name the copy that runs, which is nobody's: its files have the names of those that were written. */
  #withoutFolder(text: string): string {
    return text.replaceAll(`File "${this.#options.folder}/`, 'File "');
  }

  #fail(document: string, kind: 'init' | 'invocation'): void {
    const parsed = parsePayload(document);
    const error = Object(parsed) as Partial<FunctionErrorDocument>;
    const { errorType = 'Runtime.UnknownReason', errorMessage = typeof parsed === 'string' ? parsed : '' } = error;
    const lines = [`${errorType}: ${errorMessage}`, ...(error.stackTrace ?? error.trace ?? [])];
    this.#options.onLog('error', this.#withoutFolder(lines.join('\n').trimEnd()));
    if (kind === 'invocation')
      this.#life.settle(failure(typeof parsed === 'object' && parsed !== null ? parsed : { errorType, errorMessage }));
    else this.#failStart({ stackTrace: [], ...error, errorType, errorMessage });
  }

  /** The runtime ends by itself now, and may have more to print. */
  #failStart(error: FunctionErrorDocument): void {
    this.#life.die(error);
    setTimeout(() => this.#group?.kill(), LAST_WORDS_MS).unref();
  }

  #exit(error: FunctionErrorDocument): void {
    this.#life.leave(error, this.#taken);
    this.#group?.kill();
    this.#close();
  }

  #close(): void {
    this.#api.close();
    this.#onExited();
  }
}

function endOf(status: number | null, signal: NodeJS.Signals | null): FunctionErrorDocument {
  if (signal === 'SIGKILL') return killed;
  if (signal !== null) return { ...killed, errorMessage: `Runtime exited with error: signal: ${signal}` };
  return exitError(status ?? 0);
}

function cannotRun(error: NodeJS.ErrnoException): FunctionErrorDocument {
  const advice =
    error.code === 'ENOEXEC' || error.code === 'EACCES'
      ? ': it must be an executable file that was built for this machine, or a script whose first line names its interpreter'
      : '';
  return { errorType: 'Runtime.InvalidEntrypoint', errorMessage: `${error.message}${advice}` };
}
