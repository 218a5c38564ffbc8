import { definition, outputs } from '@compiled/function';
import { isObject } from '../runtime/merge-patch.ts';
import { BadAnswer } from './check-answer.ts';
import { FunctionError } from './function-error.ts';
import type { CallingUser, CallRun, EventRun, HttpRun, MessageRun, ScheduleRun } from './function-types.ts';
import { invoke } from './invoke-client.ts';
import { type ReplyOptions, reply } from './reply.ts';

type Run = CallRun | HttpRun | EventRun | ScheduleRun | MessageRun;

/** What the function is told of who asks. */
interface Asking {
  readonly user: CallingUser | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** A run without what JSON has no word for, and without what is in it twice: a body that is parsed is not sent as a text as well. */
const eventOf = (run: Run, { user = undefined, requestId }: Asking): object => {
  if (run.kind !== 'call' && run.kind !== 'http') return { ...run, requestId };
  const asked = { user: user ?? null, requestId };
  if (run.kind === 'call') return { ...run, ...asked };
  const query = Object.fromEntries([...new Set(run.query.keys())].map((name) => [name, run.query.getAll(name)]));
  return { ...run, query, body: run.body ?? null, rawBody: run.body === undefined ? run.rawBody : null, ...asked };
};

const badRefusal = (cause?: unknown): BadAnswer =>
  new BadAnswer('the refusal is not { detail, code, status } with a text, a snake_case word and 400 to 499', cause);

const refusalOf = (refusal: unknown): Error => {
  const { detail, code = 'refused', status = 422 } = Object(refusal) as Readonly<Record<string, unknown>>;
  if (typeof detail !== 'string' || detail === '' || typeof code !== 'string') return badRefusal();
  try {
    return new FunctionError(code, detail, status as number);
  } catch (cause) {
    return badRefusal(cause);
  }
};

const withoutNulls = (parts: Readonly<Record<string, unknown>>): ReplyOptions =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));

const replyOf = (parts: unknown): unknown => {
  if (!isObject(parts) || !isObject(parts['headers'] ?? {})) throw new BadAnswer('the reply is not { status, headers, body }');
  return reply(withoutNulls(parts));
};

/** Whether the answer has a schema, by which null is something else than nothing. */
const hasOutput = (run: Run): boolean => {
  if (run.kind !== 'http') return run.kind === 'call';
  const [key = ''] = Object.entries(definition.requests).find(([, { route }]) => `${route.method} ${route.path}` === run.route) ?? [];
  return outputs[key] !== undefined;
};

const parsed = (payload: string): unknown => {
  try {
    return payload === '' ? null : JSON.parse(payload);
  } catch (cause) {
    throw new BadAnswer('the answer is no JSON', cause);
  }
};

const shapes = '{ output }, nor { reply: { status, headers, body } }, nor { refuse: { detail, code, status } }';

/** By the one word of an answer, what to make of it. */
const readers: Readonly<Record<string, (value: unknown, run: Run) => unknown>> = {
  output: (value, run) => (value === null && !hasOutput(run) ? undefined : value),
  reply: replyOf,
  refuse: (value) => {
    throw refusalOf(value);
  },
  failed: (value) => {
    throw new Error(`the function ended with ${String(value).slice(0, 200)}: its own log tells more`);
  },
  unsendable: (value) => {
    throw new BadAnswer(`the answer cannot be written as JSON: ${String(value)}`);
  },
};

/** What the function answered: nothing, or one of these words by itself. */
const answerOf = (payload: string, run: Run): unknown => {
  const answer = parsed(payload) ?? { output: null };
  const [[word = '', value] = [], ...more] = isObject(answer) ? Object.entries(answer) : [];
  const read = more.length === 0 && Object.hasOwn(readers, word) ? readers[word] : undefined;
  if (read === undefined) throw new BadAnswer(`the answer is neither ${shapes}`);
  return read(value, run);
};

/**
 * The code of the functions that stand before others, which are not written for Node: those get what a function of Node gets, as
 * JSON. Rules, schemas, the form of answers and what was done already are looked after here, as for all functions.
 */
export const handler = async (run: Run, asking: Asking): Promise<unknown> =>
  answerOf(await invoke(eventOf(run, asking), asking.signal), run);
