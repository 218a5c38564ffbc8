import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { cut } from '../../log-text.ts';
import { describeError } from './describe-error.ts';
import { killed } from './execution-environment.ts';
import { followClock, machineNow } from './follow-clock.ts';
import { guardMemory } from './guard-memory.ts';
import { type Handler, HandlerError, loadHandler } from './load-handler.ts';
import { LogBacklog } from './log-backlog.ts';
import type { FunctionErrorDocument, InvocationMessage, LogLevel, RuntimeMessage, RuntimeSetup } from './runtime-protocol.ts';
import { showSourcePositions } from './source-positions.ts';

// What a function's worker thread runs: it loads the handler, then answers one invocation after the other.

/** AWS's exit statuses of the Node.js runtime. */
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
/** 128 and the number of SIGKILL. */
const EXIT_KILLED = 137;
const MEBIBYTE = 1_048_576;
/** Longer lines are cut: CloudWatch Logs takes 256 KB an event. */
const MAX_LINE_LENGTH = 262_144;
const CALLBACKS_REMOVED =
  'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later.';

const setup = workerData as RuntimeSetup;
const port = parentPort as NonNullable<typeof parentPort>;
const tell = (message: RuntimeMessage): void => port.postMessage(message);
const backlog = new LogBacklog(setup.logBacklog);
let busy = false;

function log(level: LogLevel, printed: string): void {
  const text = cut(printed, MAX_LINE_LENGTH);
  backlog.add(text);
  tell({ type: 'log', level, text });
}

function captureOutput(): void {
  const levels = { log: 'info', info: 'info', debug: 'debug', trace: 'debug', warn: 'warn', error: 'error' } as const;
  for (const [method, level] of Object.entries(levels)) {
    Reflect.set(console, method, (...values: unknown[]) => log(level, format(...values)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    const level = stream === process.stderr ? 'error' : 'info';
    Reflect.set(stream, 'write', (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      log(level, (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()).replace(/\n$/, ''));
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(done as () => void);
      return true;
    });
  }
}

function endWhenAbandoned(): void {
  process.on('unhandledRejection', (reason) => {
    const document = describeError(reason);
    const { errorMessage, trace, errorType } = document;
    log('error', `Unhandled promise rejection: ${readableTrace(document)}`);
    const message = trace?.length ? `${errorType}: ${errorMessage}` : errorMessage;
    tell({ type: 'crash', busy, error: { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: message, trace: trace ?? [] } });
    process.exit(EXIT_UNHANDLED_REJECTION);
  });
  process.on('uncaughtException', (error) => {
    const document = describeError(error);
    log('error', `Uncaught exception: ${readableTrace(document)}`);
    tell({ type: 'crash', busy, error: document });
    process.exit(EXIT_UNCAUGHT_EXCEPTION);
  });
}

function contextOf(invocation: InvocationMessage): Record<string, unknown> {
  return {
    awsRequestId: invocation.id,
    callbackWaitsForEmptyEventLoop: true,
    functionName: setup.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: invocation.arn,
    logGroupName: setup.logGroupName,
    logStreamName: setup.logStreamName,
    memoryLimitInMB: String(setup.memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - machineNow()),
  };
}

async function run(handler: Handler, invocation: InvocationMessage): Promise<unknown> {
  const event: unknown = JSON.parse(invocation.event);
  const context = contextOf(invocation);
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown): void => (error === null || error === undefined ? resolve(result) : reject(error));
    const returned = handler(event, context, callback);
    if (returned instanceof Promise) returned.then(resolve, reject);
  });
}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (cause) {
    throw new Error('Unable to stringify response body', { cause });
  }
}

/** Without the frames below the handler, which are ours and those of Node.js. */
function readableTrace({ errorType, errorMessage, trace = [] }: FunctionErrorDocument): string {
  const below = trace.findIndex((line) => line.includes(import.meta.filename));
  const own = below === -1 ? trace : trace.slice(0, below);
  return own.length === 0 ? `${errorType}: ${errorMessage}` : own.join('\n');
}

async function answer(handler: Handler, invocation: InvocationMessage): Promise<void> {
  busy = true;
  let message: RuntimeMessage;
  try {
    message = { type: 'result', payload: toJson(await run(handler, invocation)) };
  } catch (error) {
    const document = describeError(error);
    log('error', `Invoke Error\t${readableTrace(document)}`);
    message = { type: 'failure', error: document };
  }
  busy = false;
  tell(message);
}

async function start(): Promise<void> {
  followClock(setup.clock);
  captureOutput();
  endWhenAbandoned();
  guardMemory(setup.memoryMb * MEBIBYTE, () => {
    log('error', killed.errorMessage);
    tell({ type: 'crash', busy, error: killed });
    process.exit(EXIT_KILLED);
  });
  showSourcePositions({ copiedFrom: setup.codeFolder, copiedTo: setup.taskRoot });
  try {
    const handler = await loadHandler(setup.taskRoot, setup.handler);
    if (setup.refusesCallbacks && handler.length >= 3) throw new HandlerError('Runtime.CallbackHandlerDeprecated', CALLBACKS_REMOVED);
    port.on('message', (invocation: InvocationMessage) => void answer(handler, invocation));
    tell({ type: 'ready' });
  } catch (error) {
    const document = describeError(error);
    log('error', `The function could not be loaded: ${readableTrace(document)}`);
    tell({ type: 'initError', error: document });
    process.exit(1);
  }
}

void start();
