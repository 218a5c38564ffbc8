import { existsSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { Token } from 'aws-cdk-lib';
import { type FunctionOptions, functionLimits, type Trigger } from '../../contracts/functions.ts';
import { hookLimits } from '../../contracts/hooks.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import { checkSchedule } from './check-schedule.ts';
import { type CompiledAccess, compileAccess, type Usable } from './compile-access.ts';
import { compileRequests, type RequestWithSchemas } from './compile-requests.ts';

type TriggerOf<K extends Trigger['kind']> = Extract<Trigger, { kind: K }>;
export type FunctionRuntime = NonNullable<FunctionOptions['runtime']>;

/** A function whose options are checked. */
export interface FunctionPlan {
  readonly name: string;
  /** An absolute path. */
  readonly entry: string;
  readonly runtime: FunctionRuntime;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly requests: readonly RequestWithSchemas[];
  readonly events: readonly TriggerOf<'event'>[];
  readonly schedules: readonly TriggerOf<'schedule'>[];
  readonly hooks: readonly TriggerOf<'hook'>[];
  readonly queue: (TriggerOf<'queue'> & { readonly schema: JsonSchema }) | undefined;
  readonly access: CompiledAccess;
  readonly secrets: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** What is around a function. */
export interface FunctionSurroundings extends Usable {
  /** The declared groups, with the admin group. */
  readonly groups: readonly string[];
}

const functionName = /^[a-zA-Z][a-zA-Z0-9]{0,47}$/;
/** A name ("CreateSecret", Name), or an ARN. */
const secretId = /^[A-Za-z0-9/_+=.@:-]{1,2048}$/;
const variableName = /^[A-Z][A-Z0-9_]*$/;
/** The prefixes of the variables of Lambda and of ours. */
const reserved = /^(AWS|LAMBDA|ANALYTICS|AUTH|DATA|EMAIL|EVENTS|FILES|FUNCTION|INBOUND|PLINTH|PUSH)_|^_|^NODE_OPTIONS$/;
const runtimes: Readonly<Record<string, FunctionRuntime>> = {
  '.ts': 'node',
  '.mts': 'node',
  '.js': 'node',
  '.mjs': 'node',
  '.py': 'python',
};
const maxWindowSeconds = 300;
/** Writes wait no longer. */
const hookSeconds = Math.floor(hookLimits.recordMs / 1_000);

const compileEntry = ({ entry, runtime }: FunctionOptions, at: string): Pick<FunctionPlan, 'entry' | 'runtime'> => {
  const path = resolve(entry);
  const chosen = runtime ?? runtimes[extname(entry)];
  if (chosen === undefined)
    throw new Error(`${at}.entry is ${JSON.stringify(entry)}: use a .ts, .js, .mjs or .py file, or set runtime: 'provided'`);
  if (!existsSync(path))
    throw new Error(`${at}.entry is ${JSON.stringify(entry)}, but there is no such file: paths begin at the folder of cdk.json`);
  const isFolder = statSync(path).isDirectory();
  if (chosen === 'provided' && !(isFolder && existsSync(join(path, 'bootstrap')))) {
    throw new Error(
      `${at}.entry is ${JSON.stringify(entry)}: with runtime 'provided' it is a folder with an executable file \`bootstrap\``,
    );
  }
  if (chosen !== 'provided' && isFolder) throw new Error(`${at}.entry is ${JSON.stringify(entry)}, which is a folder: name the file`);
  return { entry: path, runtime: chosen };
};

const inRange = (value: number, [least, most]: readonly [number, number], at: string): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${at} is ${value}: use a whole number from ${least} to ${most}`);
};

const compileQueue = (triggers: readonly TriggerOf<'queue'>[], runtime: FunctionRuntime, at: string): FunctionPlan['queue'] => {
  const [queue, another] = triggers;
  if (queue === undefined) return undefined;
  if (another !== undefined) throw new Error(`${at}.on has two queues: a function has one, so make a second function of the same entry`);
  // Each is a run of its own elsewhere.
  inRange(queue.batch, [1, runtime === 'node' ? 1_000 : 25], `${at}.on queue({ batch })`);
  inRange(queue.windowSeconds, [0, maxWindowSeconds], `${at}.on queue({ windowSeconds })`);
  if (queue.batch > 10 && queue.windowSeconds === 0) {
    throw new Error(`${at}.on queue() has a batch of ${queue.batch} without a window: set windowSeconds to 1 or more`);
  }
  return { ...queue, schema: zodToJsonSchema(queue.message, 'input', `${at}.on queue({ message })`) };
};

const optionNames: readonly string[] = Object.keys({
  entry: 0,
  on: 0,
  access: 0,
  env: 0,
  secrets: 0,
  timeoutSeconds: 0,
  memoryMb: 0,
  runtime: 0,
} satisfies Record<keyof FunctionOptions, 0>);

const checkOptions = (options: FunctionOptions, at: string): void => {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) throw new Error(`${at} has ${unknown}, which is no option: use ${optionNames.join(', ')}`);
};

const checkNames = ({ env = {}, secrets = {} }: FunctionOptions, at: string): void => {
  const wrong = Object.keys(env).find((name) => !variableName.test(name) || reserved.test(name));
  if (wrong !== undefined)
    throw new Error(`${at}.env has ${JSON.stringify(wrong)}: use capitals, digits and _, and no prefix of Lambda or Plinth`);
  const nameless = Object.entries(secrets).find(([, id]) => id === '');
  if (nameless !== undefined) throw new Error(`${at}.secrets.${nameless[0]} is empty: name a secret of Secrets Manager`);
  const odd = Object.entries(secrets).find(([, id]) => !Token.isUnresolved(id) && !secretId.test(id));
  if (odd !== undefined) {
    throw new Error(
      `${at}.secrets.${odd[0]} is no name of a secret, which has letters, digits and /_+=.@- only; its value is stored by "plinth secret"`,
    );
  }
};

/** Writes wait for hooks, and hooks that other things run as well would wait for themselves. */
const checkHooks = (hooks: readonly TriggerOf<'hook'>[], on: readonly Trigger[], { models }: FunctionSurroundings, at: string): void => {
  if (hooks.length > 0 && hooks.length < on.length) {
    throw new Error(`${at}.on has hooks beside other triggers: make a function of its own for hooks, of the same entry if you like`);
  }
  for (const hook of hooks) {
    if (hook.point !== 'signUp' && !models.includes(hook.model)) {
      const known = models.join(', ') || 'the definition’s (it has none)';
      throw new Error(`${at}.on has before.${hook.point}(${JSON.stringify(hook.model)}), which is no model: use one of ${known}`);
    }
  }
};

/** A file of a folder that is not there never comes. */
const checkFolders = (events: readonly TriggerOf<'event'>[], { folders }: FunctionSurroundings, at: string): void => {
  for (const { types, when } of events) {
    const folder = types.every((type) => type.startsWith('file.')) ? when?.['folder'] : undefined;
    if (typeof folder === 'string' && !folders.includes(folder)) {
      const known = folders.join(', ') || 'the definition’s (it has none)';
      throw new Error(`${at}.on has uploaded(${JSON.stringify(folder)}), which is no folder: use one of ${known}`);
    }
  }
};

const longestOf = (requests: number, hooks: number, runtime: FunctionRuntime): number => {
  if (hooks > 0) return hookSeconds;
  const { answerSeconds, runSeconds, frontedSeconds, frontedRunSeconds } = functionLimits;
  const [answer, run] = runtime === 'node' ? [answerSeconds, runSeconds] : [frontedSeconds, frontedRunSeconds];
  return requests > 0 ? answer : run;
};

const ofKind = <K extends Trigger['kind']>(triggers: readonly Trigger[], kind: K): readonly TriggerOf<K>[] =>
  triggers.filter((trigger): trigger is TriggerOf<K> => trigger.kind === kind);

/**
 * Checks a function of the definition.
 *
 * @throws Error for every mistake; it names the option, shows the value and says what to do
 */
export const compileFunction = (name: string, options: FunctionOptions, around: FunctionSurroundings): FunctionPlan => {
  const at = `functions.${name}`;
  if (!functionName.test(name)) throw new Error(`${at} has a name that is not allowed: use a letter, then up to 47 letters and digits`);
  if (options.on.length === 0) throw new Error(`${at}.on is empty, so that the function never runs: name a trigger`);
  checkOptions(options, at);
  checkNames(options, at);
  const requests = compileRequests(name, options.on, around.groups, at);
  const schedules = ofKind(options.on, 'schedule');
  schedules.forEach((schedule) => {
    checkSchedule(schedule, `${at}.on schedule()`);
  });
  const hooks = ofKind(options.on, 'hook');
  checkHooks(hooks, options.on, around, at);
  checkFolders(ofKind(options.on, 'event'), around, at);
  const code = compileEntry(options, at);
  const longest = longestOf(requests.length, hooks.length, code.runtime);
  return {
    name,
    ...code,
    timeoutSeconds: inRange(options.timeoutSeconds ?? Math.min(15, longest), [1, longest], `${at}.timeoutSeconds`),
    memoryMb: inRange(options.memoryMb ?? 1_024, [128, 10_240], `${at}.memoryMb`),
    requests,
    events: ofKind(options.on, 'event'),
    schedules,
    hooks,
    queue: compileQueue(ofKind(options.on, 'queue'), code.runtime, at),
    access: compileAccess(options.access ?? [], around, at),
    secrets: options.secrets ?? {},
    env: options.env ?? {},
  };
};
