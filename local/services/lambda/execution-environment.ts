import type { FunctionErrorDocument, InvocationMessage, LogLevel } from './runtime-protocol.ts';

/** How an invocation ended. */
export interface Outcome {
  /** What the handler returned, or Lambda's error document: JSON text, or whatever a runtime of its own answered. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
  /** The environment ended before the invocation had begun in it: another one may take it. */
  readonly notStarted?: true;
}

/** One copy of a function that runs, which takes one invocation at a time. */
export interface ExecutionEnvironment {
  /** Rejects with {@link InitFailure}. */
  readonly ready: Promise<void>;
  /** Milliseconds since its start. */
  readonly ageMs: number;
  readonly usable: boolean;
  invoke(invocation: Omit<InvocationMessage, 'deadline'>): Promise<Outcome>;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

/** What every kind of environment is told. */
export interface EnvironmentOptions {
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly onLog: (level: LogLevel, text: string) => void;
  /** Told once, when the environment can't be used any more. */
  readonly onEnd: () => void;
}

/** A function that can't be started. */
export class InitFailure extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super('the function could not be started');
    this.outcome = outcome;
  }
}

/** AWS: "6 MB" for responses is 6 MiB and 100 bytes. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/** What Lambda tells of a function that took too much memory. */
export const killed: FunctionErrorDocument = { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' };

export function exitError(status: number): FunctionErrorDocument {
  const reason = status === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${status}`;
  return { errorType: 'Runtime.ExitError', errorMessage: reason };
}

export function failure(error: object): Outcome {
  return { payload: JSON.stringify(error), functionError: 'Unhandled' };
}

/** What a function answered, if it is not too much. */
export function withinLimit(payload: string): Outcome {
  if (payload.length * 3 <= MAX_RESPONSE_BYTES || Buffer.byteLength(payload) <= MAX_RESPONSE_BYTES) return { payload };
  return tooLarge();
}

export function tooLarge(): Outcome {
  return failure({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    trace: [],
  });
}

/** A payload as a value. What is no JSON is text: runtimes of one's own may answer anything. */
export function parsePayload(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
