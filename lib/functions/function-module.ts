import type { CompiledFunction } from '../../contracts/compiled-function.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { FunctionPlan } from './compile-function.ts';

/** After its end a run may still have to say so. */
const leaseReserveSeconds = 5;

const compiledFunction = ({ name, requests, env, timeoutSeconds }: FunctionPlan): CompiledFunction => ({
  name,
  requests: Object.fromEntries(requests.map(({ key, request }) => [key, request])),
  env: Object.keys(env),
  leaseSeconds: timeoutSeconds + leaseReserveSeconds,
});

/** What the messages of queues have to be like, by the name of the function that takes them. */
export type MessageSchemas = Readonly<Record<string, JsonSchema>>;

/** What a validator is for: each is an export, and all of a word are one more, by their keys. */
type Word = 'input' | 'output' | 'queue';

const exportsOf = (word: 'input' | 'output', { requests }: FunctionPlan): ReadonlyMap<string, JsonSchema> =>
  new Map(requests.flatMap(({ key, [word]: schema }) => (schema === undefined ? [] : [[key, schema]])));

const queuesOf = ({ access }: FunctionPlan, messages: MessageSchemas): ReadonlyMap<string, JsonSchema> =>
  new Map(access.queues.flatMap((name) => (messages[name] === undefined ? [] : [[name, messages[name]]])));

const named = (word: Word, schemas: ReadonlyMap<string, JsonSchema>): MessageSchemas =>
  Object.fromEntries([...schemas].map(([key, schema]) => [`${word}_${key}`, schema]));

const table = (word: Word, schemas: ReadonlyMap<string, JsonSchema>): string =>
  `export const ${word}s = { ${[...schemas.keys()].map((key) => `${key}: ${word}_${key}`).join(', ')} };\n`;

const definitionModule = (plan: FunctionPlan, messages: MessageSchemas): string => {
  const inputs = exportsOf('input', plan);
  const outputs = exportsOf('output', plan);
  const queues = queuesOf(plan, messages);
  const validators = compileValidators({
    ...named('input', inputs),
    ...named('output', outputs),
    ...named('queue', queues),
    ...(plan.queue && { message: plan.queue.schema }),
  });
  const definition = jsonModule({ definition: compiledFunction(plan) });
  const message = plan.queue === undefined ? 'export const message = undefined;\n' : '';
  return `${definition}${validators}\n${table('input', inputs)}${table('output', outputs)}${table('queue', queues)}${message}`;
};

const exportFrom = (name: string, path: string): string => `export { ${name} } from ${JSON.stringify(path)};\n`;

/** Whether a function hears of something by a queue. */
export const hasMessages = ({ events, schedules, queue }: FunctionPlan): boolean =>
  events.length > 0 || schedules.length > 0 || queue !== undefined;

const features = {
  data: 'inProcessData',
  files: 'inProcessFiles',
  push: 'inProcessPush',
  email: 'inProcessEmail',
  analytics: 'inProcessAnalytics',
} as const;
type Feature = keyof typeof features;

/** The features that run inside of a function. */
const featuresOf = ({ access }: FunctionPlan): readonly Feature[] => [
  ...(Object.keys(access.data).length > 0 ? (['data'] as const) : []),
  ...(Object.keys(access.files).length > 0 ? (['files'] as const) : []),
  ...(access.push ? (['push'] as const) : []),
  ...(access.email ? (['email'] as const) : []),
  ...(access.analytics ? (['analytics'] as const) : []),
];

const partsModule = (plan: FunctionPlan): string => {
  const parts: Readonly<Record<string, readonly [file: string, isThere: boolean]>> = {
    answerHook: ['answer-hook', plan.hooks.length > 0],
    answerRequests: ['answer-requests', plan.requests.length > 0],
    runMessages: ['run-messages', hasMessages(plan)],
    createBackend: ['create-backend', featuresOf(plan).length > 0],
    createInbound: ['inbound-store', plan.access.inbound.length > 0],
    createEvents: ['create-events', plan.access.tells.length > 0],
    createQueues: ['messages-queue', plan.access.queues.length > 0],
    createSecrets: ['secrets-store', Object.keys(plan.secrets).length > 0],
  };
  const lines = Object.entries(parts).map(([name, [file, isThere]]) =>
    isThere ? exportFrom(name, lambdaEntry(`functions/${file}.ts`)) : `export const ${name} = undefined;\n`,
  );
  return exportFrom('handler', plan.entry) + lines.join('');
};

const featuresModule = (plan: FunctionPlan): string => {
  const names = featuresOf(plan);
  const imports = names.map((name) => `import { ${features[name]} } from ${JSON.stringify(lambdaEntry(`${name}/in-process.ts`))};\n`);
  return `${imports.join('')}export const features = { ${names.map((name) => `${name}: ${features[name]}`).join(', ')} };\n`;
};

/**
 * The sources of the modules that are a function's own, by name.
 *
 * @param messages those of every queue that the function may fill
 */
export const functionModules = (plan: FunctionPlan, messages: MessageSchemas = {}): Readonly<Record<string, string>> => ({
  '@compiled/function': definitionModule(plan, messages),
  '@compiled/function-parts': partsModule(plan),
  '@compiled/function-features': featuresModule(plan),
});
