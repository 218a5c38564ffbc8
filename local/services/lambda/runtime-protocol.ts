/** What a worker thread is told once, when it starts. */
export interface RuntimeSetup {
  /** The folder that stands for `/var/task`. */
  readonly taskRoot: string;
  /** Where the code was copied from: sources in source maps are relative to it. */
  readonly codeFolder: string;
  /** `file.export` as in the template. */
  readonly handler: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Node.js 24 and later: AWS refuses handlers with a callback parameter. */
  readonly refusesCallbacks: boolean;
  /** The offset of the run's clock, as `Clock.shared`. */
  readonly clock: SharedArrayBuffer;
  /** How much of what it printed has not been taken yet, as {@link LogBacklog}. */
  readonly logBacklog: SharedArrayBuffer;
}

/** One invocation on its way to the worker. */
export interface InvocationMessage {
  readonly id: string;
  /** JSON text. */
  readonly event: string;
  readonly arn: string;
  /** Milliseconds since the epoch by the machine's time. */
  readonly deadline: number;
}

/** How Lambda describes a failed invocation. */
export interface FunctionErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
  /** Python's name for it. */
  readonly stackTrace?: readonly string[];
}

export type LogLevel = 'info' | 'warn' | 'error' | 'debug';

/** What a worker thread tells. */
export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'initError'; readonly error: FunctionErrorDocument }
  | { readonly type: 'result'; readonly payload: string }
  | { readonly type: 'failure'; readonly error: FunctionErrorDocument }
  /** The thread ends by itself. `busy` is false when no invocation had begun: then nothing of it was lost. */
  | { readonly type: 'crash'; readonly error: FunctionErrorDocument; readonly busy: boolean }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string };
