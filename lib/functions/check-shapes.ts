import type { FunctionOptions, Trigger } from '../../contracts/functions.ts';

const triggerKinds: readonly string[] = Object.keys({
  http: 0,
  call: 0,
  event: 0,
  schedule: 0,
  queue: 0,
  hook: 0,
} satisfies Record<Trigger['kind'], 0>);
const runtimes: readonly string[] = Object.keys({ node: 0, python: 0, provided: 0 } satisfies Record<
  NonNullable<FunctionOptions['runtime']>,
  0
>);

type Values = Readonly<Record<string, unknown>>;
const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a call and a queue cannot be without. */
const neededBy: Readonly<Partial<Record<string, readonly string[]>>> = {
  call: ['access', 'input', 'output'],
  http: ['access'],
  queue: ['message'],
};

const checkTrigger = (trigger: unknown, at: string): void => {
  const kind = isValues(trigger) ? trigger['kind'] : undefined;
  if (!isValues(trigger) || typeof kind !== 'string' || !triggerKinds.includes(kind)) {
    throw new Error(`${at} is no trigger: use what call(), http(), created(), event(), schedule(), queue(), user or before give`);
  }
  const missing = neededBy[kind]?.find((name) => trigger[name] === undefined);
  if (missing !== undefined) throw new Error(`${at} is a ${kind} without ${missing}: add it`);
  if ('access' in trigger && typeof trigger['access'] !== 'function') {
    throw new Error(`${at}.access is no function: write (allow) => [allow.signedIn()], or other rules`);
  }
  if (kind === 'event' && (trigger['types'] as readonly unknown[]).length === 0)
    throw new Error(`${at} is an event() of no type: name one`);
};

const checkTexts = (values: unknown, at: string): void => {
  if (values === undefined) return;
  if (!isValues(values)) throw new Error(`${at} is no object: write names and their values`);
  const wrong = Object.entries(values).find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw new Error(`${at}.${wrong[0]} is ${JSON.stringify(wrong[1])}, which is no text: write it in quotes`);
};

const checkFunction = (definition: unknown, at: string): void => {
  if (!isValues(definition) || definition['kind'] !== 'function' || !isValues(definition['options'])) {
    throw new Error(`${at} is no function: write fn({ entry, on })`);
  }
  const { on, entry, runtime, env, secrets } = definition['options'];
  if (typeof entry !== 'string') throw new Error(`${at} has no entry: name the file of its code`);
  if (!Array.isArray(on)) throw new Error(`${at}.on is no list: name the triggers, as in on: [created('Note')]`);
  on.forEach((trigger, index) => {
    checkTrigger(trigger, `${at}.on[${index}]`);
  });
  if (runtime !== undefined && !runtimes.includes(runtime as string)) {
    throw new Error(`${at}.runtime is ${JSON.stringify(runtime)}: use one of ${runtimes.join(', ')}, or leave it out`);
  }
  checkTexts(env, `${at}.env`);
  checkTexts(secrets, `${at}.secrets`);
};

/**
 * Looks at what an editor would underline, for definitions that no compiler has seen: Node runs them without looking at types.
 *
 * @throws Error for a function that has not the shape of one
 */
export const checkShapes = (functions: Values): void => {
  for (const [name, definition] of Object.entries(functions)) checkFunction(definition, `functions.${name}`);
};
