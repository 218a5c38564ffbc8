import { definition, inputs, outputs } from '@compiled/function';
import type { CompiledRequest } from '../../contracts/compiled-function.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { Routes } from '../../contracts/route.ts';
import { authorize } from '../runtime/authorize.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import type { Action, ApiReply, ApiRequest } from '../runtime/request.ts';
import { validateBody } from '../runtime/validate-body.ts';
import { BadAnswer, checkAnswer } from './check-answer.ts';
import type { Occasion } from './create-context.ts';
import { FunctionError } from './function-error.ts';
import { withRun } from './function-log.ts';
import { NotAnswered } from './not-answered.ts';
import { log, logFailure, runFunction } from './run-function.ts';

const assertAllowed = (rules: CompiledRequest['rules'], { caller }: ApiRequest): void => {
  const decision = authorize(rules, 'call', caller);
  if (decision === 'unauthenticated') {
    throw new ApiError('unauthenticated', 'Log in first: this function takes no guests.');
  }
  if (decision !== 'allowed') throw new ApiError('forbidden', 'The rules of this function do not let you call it.');
};

const runOf = ({ trigger, route }: CompiledRequest, request: ApiRequest): object => {
  if (trigger.kind === 'call') return { kind: 'call', name: trigger.name, input: request.body };
  const { authorization: _, ...headers } = request.headers;
  const { path, query, rawBody } = request;
  return { kind: 'http', route: trigger.route, path, query, headers, body: route.body === 'raw' ? undefined : request.body, rawBody };
};

/** For an error whose place the log has already: the line of the request needs no second one. */
const withoutStack = (error: ApiError): ApiError => {
  error.stack = undefined;
  return error;
};

const logBadAnswer = ({ why, cause }: BadAnswer, occasion: Occasion): void => {
  if (cause === undefined) withRun(occasion, () => log.error(why));
  else logFailure(why, cause, occasion);
};

/** What a function throws by accident is for its log alone: it may hold anything. */
const asRefusal = (thrown: unknown, occasion: Occasion): ApiError => {
  if (thrown instanceof FunctionError || thrown instanceof NotAnswered) return thrown;
  if (thrown instanceof BadAnswer) {
    logBadAnswer(thrown, occasion);
    return withoutStack(thrown);
  }
  // The reason of `ctx.signal`, as whatever was given the signal throws it.
  if (thrown instanceof ApiError && thrown.code === 'timeout') return withoutStack(thrown);
  logFailure('the function failed', thrown, occasion);
  return withoutStack(new ApiError('internal_error', 'The function failed. Try again; if it goes on, report the requestId.'));
};

const actionOf =
  (key: string, compiled: CompiledRequest): Action =>
  async (request): Promise<ApiReply> => {
    assertAllowed(compiled.rules, request);
    const validate = inputs[key];
    if (validate !== undefined) validateBody(validate, request.body);
    const occasion: Occasion = { requestId: request.requestId, remainingMs: request.remainingMs, caller: request.caller };
    try {
      const answer = await runFunction(runOf(compiled, request), occasion);
      return checkAnswer(answer, compiled.trigger.kind, outputs[key]);
    } catch (thrown) {
      throw asRefusal(thrown, occasion);
    }
  };

/** What the log calls them: as they were written. */
const nameOf = (key: string, { trigger }: CompiledRequest): string => (trigger.kind === 'http' ? trigger.route : key);

const requests = Object.entries(definition.requests).map(([key, compiled]) => ({ key, compiled, name: nameOf(key, compiled) }));
const routes: Routes = Object.fromEntries(requests.map(({ name, compiled }) => [name, compiled.route]));

/** Answers the routes and calls of a function. */
export const answerRequests = defineHandler(
  routes,
  Object.fromEntries(requests.map(({ key, name, compiled }) => [name, actionOf(key, compiled)])),
);
