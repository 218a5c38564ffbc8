import type { CompiledRequest } from '../../contracts/compiled-function.ts';
import type { HttpTrigger, Trigger } from '../../contracts/functions.ts';
import type { HttpMethod, Route } from '../../contracts/route.ts';
import { type JsonSchema, mapSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import { compileCallRules } from './compile-call-rules.ts';

type CallTrigger = Extract<Trigger, { kind: 'call' }>;

/** A request with the schemas of what is sent and answered. */
export interface RequestWithSchemas {
  readonly key: string;
  readonly request: CompiledRequest;
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
}

const methods: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** The first segments of what the features have, or are to have. */
const taken: ReadonlySet<string> = new Set([
  ...['admin', 'analytics', 'auth', 'data', 'email', 'events', 'files', 'functions', 'inbound', 'openapi.json', 'payments', 'push'],
  ...['realtime', 'webhooks'],
]);
const literal = /^[A-Za-z0-9._~-]+$/;
const variable = /^\{[A-Za-z][A-Za-z0-9]*\}$/;
const callName = /^[a-z][A-Za-z0-9]{0,63}$/;

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const keyOf = (functionName: string, { method, path }: HttpTrigger): string =>
  functionName + capitalize(method.toLowerCase()) + (path.match(/[A-Za-z0-9]+/g) ?? []).map(capitalize).join('');

/** Validators fill defaults in; an answer is sent as the function gave it, so that it must have them. */
const withoutDefaults = (schema: JsonSchema): JsonSchema => mapSchema(schema, ({ default: _, ...rest }) => rest);

const isObjectSchema = (schema: JsonSchema): boolean => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  return schema.type === 'object' || (alternatives?.every(isObjectSchema) ?? false);
};

const inputSchema = (input: Parameters<typeof zodToJsonSchema>[0] | undefined, at: string): JsonSchema | undefined => {
  if (input === undefined) return undefined;
  const schema = zodToJsonSchema(input, 'input', `${at}.input`);
  if (!isObjectSchema(schema)) throw new Error(`${at}.input is no object: bodies are JSON objects, so put it into z.object({ … })`);
  return schema;
};

const outputSchema = (output: Parameters<typeof zodToJsonSchema>[0] | undefined, at: string): JsonSchema | undefined =>
  output && withoutDefaults(zodToJsonSchema(output, 'output', `${at}.output`));

const checkPath = (path: string, at: string): void => {
  const [first, ...segments] = path.split('/');
  const isPath = first === '' && segments.every((segment) => literal.test(segment) || variable.test(segment));
  if (!isPath || segments.length === 0 || segments.some((segment) => segment === '.' || segment === '..')) {
    throw new Error(`${at} has the path ${JSON.stringify(path)}: use segments of letters, digits and . _ ~ -, and variables such as {id}`);
  }
  const names = segments.filter((segment) => variable.test(segment));
  if (new Set(names).size !== names.length) throw new Error(`${at} has the same variable twice in ${path}: give each a name of its own`);
  const [head = ''] = segments;
  if (taken.has(head)) throw new Error(`${at} begins with /${head}, which belongs to the API itself: use another first segment`);
};

/** Guests who may not enter anyway are turned away before the body is parsed. */
const routeAccess = (rules: CompiledRequest['rules']): Route['access'] =>
  rules.some(({ who }) => who.kind === 'anyone') ? 'rules' : 'signedIn';

const compileHttp = (functionName: string, trigger: HttpTrigger, groups: readonly string[], at: string): RequestWithSchemas => {
  const { method, path, input, rawBody } = trigger;
  if (!methods.includes(method))
    throw new Error(`${at} is http(${JSON.stringify(trigger.route)}): begin with one of ${methods.join(', ')}`);
  checkPath(path, at);
  if (input !== undefined && rawBody === true) throw new Error(`${at} has input and rawBody: a raw body is not parsed, so leave one out`);
  if (method === 'GET' && (input !== undefined || rawBody === true)) throw new Error(`${at} is a GET with a body: use POST, or the query`);
  const rules = compileCallRules(trigger.access, groups, at);
  const body = rawBody === true ? 'raw' : input && 'required';
  return {
    key: keyOf(functionName, trigger),
    request: {
      trigger: { kind: 'http', route: trigger.route },
      route: {
        method,
        path,
        access: routeAccess(rules),
        summary: `The function ${functionName}`,
        status: 200,
        errors: ['function_refused', 'function_bad_response'],
        ...(body !== undefined && { body }),
      },
      rules,
    },
    input: inputSchema(input, at),
    output: outputSchema(trigger.output, at),
  };
};

const compileCall = (functionName: string, trigger: CallTrigger, groups: readonly string[], at: string): RequestWithSchemas => {
  const { name } = trigger;
  if (!callName.test(name) || name in Object.prototype || name === 'then') {
    throw new Error(
      `${at} is call(${JSON.stringify(name)}): use a lower-case letter, then letters and digits, and no name of JavaScript's own`,
    );
  }
  const rules = compileCallRules(trigger.access, groups, at);
  return {
    key: `call${capitalize(name)}`,
    request: {
      trigger: { kind: 'call', name },
      route: {
        method: 'POST',
        path: `/functions/${name}`,
        access: routeAccess(rules),
        summary: `The function ${functionName}`,
        status: 200,
        errors: ['function_refused', 'function_bad_response'],
        body: 'required',
      },
      rules,
    },
    input: inputSchema(trigger.input, at),
    output: outputSchema(trigger.output, at),
  };
};

/**
 * The routes of a function.
 *
 * @param groups the declared groups, with the admin group
 * @throws Error for paths, names, rules and schemas that cannot be
 */
export const compileRequests = (
  functionName: string,
  triggers: readonly Trigger[],
  groups: readonly string[],
  at: string,
): readonly RequestWithSchemas[] => {
  const requests = triggers.flatMap((trigger, index) => {
    const line = `${at}.on[${index}]`;
    if (trigger.kind === 'http') return [compileHttp(functionName, trigger, groups, line)];
    return trigger.kind === 'call' ? [compileCall(functionName, trigger, groups, line)] : [];
  });
  const twice = requests.find(({ key }, index) => requests.findIndex((other) => other.key === key) !== index);
  if (twice !== undefined) throw new Error(`${at}.on has ${twice.request.route.method} ${twice.request.route.path} twice: leave one out`);
  return requests;
};
