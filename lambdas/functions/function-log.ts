import { AsyncLocalStorage } from 'node:async_hooks';
import { format, inspect } from 'node:util';
import { variables } from '../../contracts/variables.ts';
import { blackOut } from './known-secrets.ts';

type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Characters of a line. CloudWatch Logs takes 1 MB an event, and bills by the byte. */
const maxMessage = 16_384;
const maxFields = 32_768;
const causesLogged = 5;

/** Writes lines of the log with the function's name and the request they are of. */
export interface FunctionLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What is added to each line of a run. */
interface Run {
  readonly requestId: string;
}

const runs = new AsyncLocalStorage<Run>();
const isLocal = process.env[variables.localMode] !== undefined;
const { debug, info, warn, error } = console;
/** The runtime's own console, with which a line has its level. */
const print = { DEBUG: debug.bind(console), INFO: info.bind(console), WARN: warn.bind(console), ERROR: error.bind(console) } as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const terminalCodes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b./g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const cut = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text);

/** Secrets go first, so that no cut leaves a part of one. */
const clean = (text: string, limit: number): string => cut(blackOut(text).replace(terminalCodes, '').replace(controlCharacters, ''), limit);

type Fields = Readonly<Record<string, unknown>>;

/** JSON of an error is `{}`. */
const errorsToo = (_key: string, value: unknown): unknown => (value instanceof Error ? thrownFields(value) : value);

const written = (fields: Fields): string => {
  try {
    return JSON.stringify(fields, errorsToo);
  } catch {
    return JSON.stringify({ fields: inspect(fields, { depth: 4, maxStringLength: maxFields, maxArrayLength: 100 }) });
  }
};

/** Fields as they go into a line: whole, or their beginning as a text. */
const cleanFields = (fields: Fields): Fields => {
  const text = blackOut(written(fields));
  try {
    if (text.length <= maxFields) return { ...(JSON.parse(text) as Fields) };
  } catch {
    // A secret with quotes and colons may have been a part of the JSON itself.
  }
  return { fields: clean(text, maxFields) };
};

/** The stack of an error, or what was thrown in place of one, with its causes. */
const readableError = (fields: unknown): string => {
  const { name, message, stack, cause, errors = [] } = Object(fields) as ErrorFields;
  return [
    stack ?? `${name}: ${message}`,
    ...(cause === undefined ? [] : [`caused by ${readableError(cause)}`]),
    ...errors.map((error) => `with ${readableError(error)}`),
  ].join('\n');
};

/** As people read it: an error as its stack, not as a text of JSON. */
const localLine = (text: string, { error, ...others }: Fields): string => {
  const isError = typeof Object(error).message === 'string';
  const rest = isError || error === undefined ? others : { ...others, error };
  return [
    `${text}${Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''}`,
    ...(isError ? [clean(readableError(error), maxFields)] : []),
  ].join('\n');
};

const writeLine = (functionName: string, level: Level, message: string, fields?: Fields): void => {
  const text = clean(message, maxMessage);
  const safe = fields && cleanFields(fields);
  if (isLocal) {
    print[level](safe === undefined ? text : localLine(text, safe));
    return;
  }
  const line = { ...safe, level, message: text, function: functionName, requestId: runs.getStore()?.requestId };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** The log of a function. */
export const functionLog = (functionName: string): FunctionLog => ({
  debug: (message, fields) => writeLine(functionName, 'DEBUG', message, fields),
  info: (message, fields) => writeLine(functionName, 'INFO', message, fields),
  warn: (message, fields) => writeLine(functionName, 'WARN', message, fields),
  error: (message, fields) => writeLine(functionName, 'ERROR', message, fields),
});

const withoutSecrets = (chunk: string | Uint8Array): string | Uint8Array => {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  const safe = blackOut(text);
  return safe === text ? chunk : safe;
};

/** Libraries, and some methods of the console, print past it. */
const captureStream = (stream: NodeJS.WriteStream): void => {
  const write = stream.write.bind(stream) as (chunk: string | Uint8Array, ...rest: readonly unknown[]) => boolean;
  Object.assign(stream, { write: (chunk: string | Uint8Array, ...rest: readonly unknown[]) => write(withoutSecrets(chunk), ...rest) });
};

/** Has whatever the function prints go through its log, so that secrets, terminal codes and endless texts stay out of it. */
export const captureConsole = (log: FunctionLog): void => {
  const printTo =
    (write: FunctionLog['info']) =>
    (...args: readonly unknown[]): void =>
      write(format(...args));
  const [toDebug, toInfo] = [printTo(log.debug), printTo(log.info)];
  Object.assign(console, { debug: toDebug, trace: toDebug, log: toInfo, info: toInfo, warn: printTo(log.warn), error: printTo(log.error) });
  captureStream(process.stdout);
  captureStream(process.stderr);
};

/** Runs something whose lines bear the id of a request. */
export const withRun = <T>(run: Run, work: () => T): T => runs.run(run, work);

/** An error, as fields of a line. */
interface ErrorFields extends Fields {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
  readonly errors?: readonly ErrorFields[];
}

/** Without the frames of what has called the function, which are the same for each. */
const ownFrames = (stack: string): string => {
  const lines = stack.split('\n');
  const below = lines.findIndex((line) => line.includes('/lambdas/functions/run-function.'));
  return (below <= 1 ? lines : lines.slice(0, below)).join('\n');
};

/** A thrown value as fields of a line, without other properties: an error of the SDK carries the request. */
export const thrownFields = (thrown: unknown, left = causesLogged): ErrorFields => {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: cut(inspect(thrown, { depth: 2 }), maxMessage) };
  const { name, message, stack, cause } = thrown;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  const errors = thrown instanceof AggregateError ? thrown.errors.slice(0, causesLogged) : [];
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack: ownFrames(stack) }),
    ...(left > 0 && cause !== undefined && { cause: thrownFields(cause, left - 1) }),
    ...(left > 0 && errors.length > 0 && { errors: errors.map((error) => thrownFields(error, left - 1)) }),
  };
};
