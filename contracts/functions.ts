import type { z } from 'zod';
import type { AccessRule, Allow } from './access.ts';
import type { AnyFilter } from './filter.ts';
import type { HttpMethod } from './route.ts';

/** Who may call a function over HTTP. The `when` of data rules does not apply: there is no record. */
export type CallAccess = (allow: Pick<Allow<AccessRule>, 'group' | 'signedIn' | 'anyone'>) => readonly AccessRule[];

/** A route of a function's own. */
export interface HttpTrigger<
  P extends string = string,
  I extends z.ZodType | undefined = z.ZodType | undefined,
  O extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly kind: 'http';
  readonly route: P;
  readonly method: HttpMethod;
  readonly path: `/${string}`;
  readonly access: CallAccess;
  readonly input?: I;
  readonly output?: O;
  readonly rawBody?: boolean;
}

/** What makes a function run. Made by the words below. */
export type Trigger =
  | HttpTrigger
  | { readonly kind: 'call'; readonly name: string; readonly access: CallAccess; readonly input: z.ZodType; readonly output: z.ZodType }
  | { readonly kind: 'event'; readonly types: readonly string[]; readonly when?: AnyFilter }
  | { readonly kind: 'schedule'; readonly expression: string; readonly timeZone: string }
  | { readonly kind: 'queue'; readonly batch: number; readonly windowSeconds: number; readonly message: z.ZodType }
  | { readonly kind: 'hook'; readonly point: 'create' | 'update' | 'delete'; readonly model: string }
  | { readonly kind: 'hook'; readonly point: 'signUp' };

interface CallOptions {
  /** A function without rules can be called by nobody. */
  readonly access: CallAccess;
}

/** Runs on requests of a route of its own: `http('POST /quotes/{id}', { access, input })`. Paths of the API's own are refused at synth. */
export const http = <
  const P extends `${HttpMethod} /${string}`,
  I extends z.ZodType | undefined = undefined,
  O extends z.ZodType | undefined = undefined,
>(
  route: P,
  options: CallOptions & {
    /** The schema of the JSON body, an object. @default no body is taken */
    readonly input?: I;
    /** The schema of the JSON answer. @default what the function returns is sent as it is; nothing: 204 */
    readonly output?: O;
    /** Takes a body of any media type and hands it over as it came, for signatures. Not with `input`. @default false */
    readonly rawBody?: boolean;
  },
) => {
  const [method, path] = route.split(' ');
  return { kind: 'http', route, method, path, ...options } as unknown as HttpTrigger<P, I, O>;
};

/** Runs on `client.functions.<name>(input)`: `POST /functions/<name>`, with typed input and output. */
export const call = <const N extends string, I extends z.ZodType, O extends z.ZodType>(
  name: N,
  options: CallOptions & { readonly input: I; readonly output: O },
) => ({ kind: 'call', name, ...options }) as const satisfies Trigger;

const changed =
  <const W extends 'created' | 'updated' | 'deleted'>(word: W) =>
  /** @param when must hold on the new record (`deleted`: the old one) */
  <const M extends string>(model: M, options: { readonly when?: AnyFilter } = {}) =>
    ({ kind: 'event', types: [`${model}.${word}`] as readonly [`${M}.${W}`], ...options }) as const satisfies Trigger;

/** Runs after a record was created. Gets the new record. */
export const created = changed('created');
/** Runs after a record was changed. Gets the old and the new record. */
export const updated = changed('updated');
/** Runs after a record was deleted. Gets the old record. */
export const deleted = changed('deleted');

/** Runs when a file of the folder is ready. */
export const uploaded = (folder: string) =>
  ({ kind: 'event', types: ['file.ready'], when: { folder: folder.replace(/\/$/, '') } }) as const satisfies Trigger;

/** Runs after something happened to an account. */
export const user = {
  confirmed: { kind: 'event', types: ['user.confirmed'] },
  signedIn: { kind: 'event', types: ['user.signedIn'] },
  deleted: { kind: 'event', types: ['user.deleted'] },
} as const satisfies Readonly<Record<string, Trigger>>;

/** Runs on events of any type: `event('payment.succeeded')`. */
export const event = <const T extends readonly [string, ...string[]]>(...types: T) => ({ kind: 'event', types }) as const satisfies Trigger;

/**
 * Runs by the clock: `rate(5 minutes)`, `cron(0 3 * * ? *)`. A run that is due while the one before it is at work is left out.
 *
 * @param options.timeZone IANA. @default 'UTC'
 */
export const schedule = (expression: string, options: { readonly timeZone?: string } = {}) =>
  ({ kind: 'schedule', expression, timeZone: options.timeZone ?? 'UTC' }) as const satisfies Trigger;

/**
 * Runs once for each message that other functions put into its queue, on up to `batch` of them at the same time.
 *
 * @param options.batch 1 to 1000 (25 for other runtimes than Node's); above 10 with a `windowSeconds` of at least 1. @default 10
 * @param options.windowSeconds how long messages are gathered, 0 to 300. @default 0
 */
export const queue = <M extends z.ZodType>(options: { readonly message: M; readonly batch?: number; readonly windowSeconds?: number }) =>
  ({
    kind: 'queue',
    message: options.message,
    batch: options.batch ?? 10,
    windowSeconds: options.windowSeconds ?? 0,
  }) as const satisfies Trigger;

/** Runs before a write, and may refuse it or change what is written. The write waits for it. */
export const before = {
  create: <const M extends string>(model: M) => ({ kind: 'hook', point: 'create', model }) as const satisfies Trigger,
  update: <const M extends string>(model: M) => ({ kind: 'hook', point: 'update', model }) as const satisfies Trigger,
  delete: <const M extends string>(model: M) => ({ kind: 'hook', point: 'delete', model }) as const satisfies Trigger,
  signUp: { kind: 'hook', point: 'signUp' } as const satisfies Trigger,
};

/** What a function may use, and nothing else: its role's policy is made of it. */
export type FunctionAccess =
  | { readonly kind: 'data'; readonly model: string; readonly operations: readonly ('read' | 'create' | 'update' | 'delete')[] }
  | { readonly kind: 'files'; readonly folder: string; readonly operations: readonly ('read' | 'write' | 'delete')[] }
  | { readonly kind: 'push' }
  | { readonly kind: 'email' }
  | { readonly kind: 'analytics' }
  | { readonly kind: 'inbound'; readonly name: string }
  | { readonly kind: 'events'; readonly types: readonly string[] }
  | { readonly kind: 'queue'; readonly function: string };

/** The vocabulary of {@link FunctionOptions.access}. */
export const use = {
  data: (model: string, ...operations: readonly ('read' | 'create' | 'update' | 'delete')[]) =>
    ({ kind: 'data', model, operations }) as const satisfies FunctionAccess,
  files: (folder: string, ...operations: readonly ('read' | 'write' | 'delete')[]) =>
    ({ kind: 'files', folder, operations }) as const satisfies FunctionAccess,
  push: { kind: 'push' } as const satisfies FunctionAccess,
  email: { kind: 'email' } as const satisfies FunctionAccess,
  /** Recording events of analytics. */
  analytics: { kind: 'analytics' } as const satisfies FunctionAccess,
  /** Reading bodies of inbound webhooks of a service that are too large for an event. */
  inbound: (name: string) => ({ kind: 'inbound', name }) as const satisfies FunctionAccess,
  /** Telling of events of the definition's own. */
  events: (...types: readonly string[]) => ({ kind: 'events', types }) as const satisfies FunctionAccess,
  /** Putting messages into the queue of another function. */
  queue: (name: string) => ({ kind: 'queue', function: name }) as const satisfies FunctionAccess,
};

/** A function of the definition. */
export interface FunctionOptions {
  /** The file, from the folder of `cdk.json`: `functions/quote.ts`, `functions/report.py`. */
  readonly entry: string;
  readonly on: readonly Trigger[];
  /** What it may use. @default nothing */
  readonly access?: readonly FunctionAccess[];
  /** Variables, in capitals. For what must not be read by others, use `secrets`. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Names or ARNs of secrets in Secrets Manager, by the names that `ctx.secrets.get()` has for them. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** 1 to 900; behind calls and routes at most 29 (27 for other runtimes than Node's, and 890 else), of hooks at most 5. @default 15, of hooks 5 */
  readonly timeoutSeconds?: number;
  /** 128 to 10,240. @default 1024 */
  readonly memoryMb?: number;
  /** By the entry's ending: `.ts`, `.js`, `.mjs` → Node 24; `.py` → Python 3.13. `provided`: a folder with an executable `bootstrap`. @default by the ending */
  readonly runtime?: 'node' | 'python' | 'provided';
}

/** Functions by their names: a letter, then letters and digits. */
export type Functions = Readonly<Record<string, FunctionDefinition>>;

/** A function of the definition. Made by {@link fn}. */
export interface FunctionDefinition<O extends FunctionOptions = FunctionOptions> {
  readonly kind: 'function';
  readonly options: O;
}

/** Options that there are not: a type parameter would take them. */
type NoOthers<O, Known> = { readonly [K in Exclude<keyof O, keyof Known>]: never };

/**
 * Declares a function.
 *
 * @example
 * ```ts
 * const quote = fn({
 *   entry: 'functions/quote.ts',
 *   on: [call('quote', { access: (allow) => [allow.signedIn()], input: z.object({ productId: z.string() }), output: z.object({ price: z.number() }) })],
 *   access: [use.data('Product', 'read')],
 * });
 * ```
 */
export const fn = <const O extends FunctionOptions>(options: O & NoOthers<O, FunctionOptions>): FunctionDefinition<O> => ({
  kind: 'function',
  options,
});

/** Bounds of functions. */
export const functionLimits = {
  /** Bytes of what Lambda hands back, the JSON around the answer included ("Lambda quotas": 6 MB). */
  replyBytes: 6_291_556,
  /** Bytes of a message (SQS, "Message quotas": 1 MiB). */
  messageBytes: 1_048_576,
  /** How often a message or an event is tried before it becomes a dead letter. */
  attempts: 5,
  /** The longest run behind HTTP, calls and hooks: the gateway gives up after 30 s. */
  answerSeconds: 29,
  /** The same for other runtimes than Node's: a function of Node waits for them, and must still be able to answer. */
  frontedSeconds: 27,
  /** The longest run ("Lambda quotas"). */
  runSeconds: 900,
  /** The same for other runtimes than Node's. */
  frontedRunSeconds: 890,
} as const;
