import { randomUUID } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';
import type { Route, Routes } from '../../contracts/route.ts';
import { logRequest } from './log-request.ts';
import { problemResponse, toApiError } from './problem.ts';
import type { Action, Caller, UserAction } from './request.ts';
import { type Answer, answerOf, assertMayCall, type FoundRoute, parseRequestBody, unknownRoute } from './run-route.ts';

/** A request that never leaves the function. */
export interface InProcessRequest {
  readonly method: string;
  /** Percent-encoded, as in a URL: `/data/Note/abc`. */
  readonly path: string;
  /** @default '' */
  readonly query?: string;
  /** Names in lower case. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The text of the JSON body. @default none */
  readonly body?: string;
}

/** The run of a function that a request is part of. */
export interface FunctionRun {
  readonly requestId: string;
  remainingMs(): number;
}

/** Answers requests of one feature as its API does, without a token: the caller is given. Nothing is thrown. */
export type InProcess = (request: InProcessRequest, caller: Caller, run?: FunctionRun) => Promise<Answer>;

/** The code of each route. What `system: true` or the admin group opens gets requests without a user, too. */
export type InProcessActions<R extends Routes> = {
  readonly [K in keyof R]: R[K] extends { readonly access: 'signedIn'; readonly system?: never } ? UserAction : Action;
};

/** Function time-outs are not the matter of whoever calls without a run. */
const endlessRun = (): FunctionRun => ({ requestId: randomUUID(), remainingMs: () => Number.POSITIVE_INFINITY });

interface Template extends FoundRoute {
  readonly segments: readonly string[];
}

const isVariable = (segment: string): boolean => segment.startsWith('{');

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unknownRoute();
  }
};

/** As API Gateway chooses: literal segments before variables, from the left. */
const rankOf = ({ segments }: Template): string => segments.map((segment) => Number(isVariable(segment))).join('');

const templatesOf = (routes: Routes): readonly Template[] =>
  Object.entries(routes)
    .map(([routeKey, route]) => ({ routeKey, route, segments: route.path.split('/') }))
    .sort((left, right) => rankOf(left).localeCompare(rankOf(right)));

const variablesOf = ({ segments }: Template, given: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    segments.flatMap((segment, index) => (isVariable(segment) ? [[segment.slice(1, -1), decode(given[index] ?? '')] as const] : [])),
  );

const find = (templates: readonly Template[], { method, path }: InProcessRequest) => {
  const given = path.split('/');
  const fits = ({ segments }: Template): boolean =>
    segments.length === given.length &&
    segments.every((segment, index) => (isVariable(segment) ? given[index] !== '' : segment === given[index]));
  const template = templates.find((each) => each.route.method === method && fits(each));
  if (template === undefined) throw unknownRoute();
  return { ...template, path: variablesOf(template, given) };
};

const denials: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized']);

const isDenial = (error: unknown): boolean => error instanceof Error && (denials.has(error.name) || isDenial(error.cause));

/** A function that does what its `access` does not name is told so: nothing is broken. */
const refusalOf = (thrown: unknown): ApiError =>
  isDenial(thrown)
    ? new ApiError('forbidden', 'The role of this function does not allow it. Name the operation in the function’s `access`.', {
        cause: thrown,
      })
    : toApiError(thrown);

const asAnswer = (error: ApiError, path: string, requestId: string): Answer => {
  const { statusCode = 500, headers, body } = problemResponse(error, path, requestId);
  return { status: statusCode, headers: headers as Readonly<Record<string, string>>, ...(body !== undefined && { body }) };
};

const visitorOf = (route: Route, caller: Caller): Caller => (route.access === 'anyone' ? { kind: 'guest' } : caller);

/**
 * The API of a feature inside a function: the same routes, checks, actions and errors as `defineHandler`, under the role of the
 * function, for a caller who is known already.
 *
 * @param routes the feature's table of contracts/
 * @param actions one function a route
 */
export const inProcess = <R extends Routes>(routes: R, actions: InProcessActions<R>): InProcess => {
  const templates = templatesOf(routes);
  return async (request, caller, run = endlessRun()) => {
    const { requestId, remainingMs } = run;
    const progress = { startedAt: performance.now(), caller };
    let routeKey: string | undefined;
    try {
      const found = find(templates, request);
      routeKey = found.routeKey;
      const { route, path } = found;
      const { headers = {} } = request;
      const visitor = visitorOf(route, caller);
      assertMayCall(route, visitor);
      const parsed = parseRequestBody(route, headers, { text: request.body ?? '', isBase64Encoded: false });
      const query = new URLSearchParams(request.query ?? '');
      const asked = { route, routeKey, path, query, headers, ...parsed, caller: visitor, sourceIp: '', requestId, remainingMs };
      const reply = await (actions[routeKey] as Action)(asked);
      return answerOf(reply, route, requestId);
    } catch (thrown) {
      const error = refusalOf(thrown);
      // The function may go on after it, and then nothing else would tell.
      if (error.status >= 500) logRequest({ ...progress, ...(routeKey !== undefined && { routeKey }) }, error.status, requestId, thrown);
      return asAnswer(error, request.path, requestId);
    }
  };
};
