import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { ApiError } from '../../contracts/errors.ts';
import type { Route, Routes } from '../../contracts/route.ts';
import { variables } from '../../contracts/variables.ts';
import { type Authenticate, createAuthenticate } from './access-token.ts';
import { assertMediaType } from './content-type.ts';
import { decodeBody, parseJsonObject } from './json-body.ts';
import { logRequest } from './log-request.ts';
import { problemResponse, securityHeaders, toApiError } from './problem.ts';
import type { Action, ApiReply, ApiRequest, Caller, UserAction } from './request.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/** What the middlewares find out, for each other and for the action. Middy hands a handler the context only, so it travels there. */
interface Progress {
  startedAt: number;
  routeKey: string;
  route: Route;
  caller: Caller;
  rawBody: string;
  body: Record<string, unknown> | undefined;
}
type ApiContext = Context & { progress: Progress };
type Middleware = MiddlewareObj<Event, Result, Error, ApiContext>;

/** The code of each route. Routes that need a user get a {@link UserAction}. */
export type Actions<R extends Routes> = {
  readonly [K in keyof R]: R[K]['access'] extends 'signedIn' | 'admins' ? UserAction : Action;
};

/** What Lambda calls. */
export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** Ends a request before Lambda does, while an answer can still be sent. */
const answerBeforeTimeoutMs = 700;

const logged = (): Middleware => ({
  before: ({ context }) => {
    context.progress = { startedAt: performance.now() } as Progress;
  },
  after: ({ context, response }) => logRequest(context.progress, response?.statusCode, context.awsRequestId),
  onError: ({ context, response, error }) => logRequest(context.progress, response?.statusCode, context.awsRequestId, error),
});

const problems = (): Middleware => ({
  onError: (request) => {
    request.response = problemResponse(toApiError(request.error), request.event.rawPath, request.context.awsRequestId);
  },
});

const routed = (routes: Routes): Middleware => {
  const byGatewayKey = new Map(Object.entries(routes).map(([routeKey, route]) => [`${route.method} ${route.path}`, { routeKey, route }]));
  return {
    before: ({ event, context }) => {
      const found = byGatewayKey.get(event.routeKey.replace(/^HEAD /, 'GET '));
      if (found === undefined) throw new ApiError('unknown_route', 'There is no such route. See /openapi.json for the routes of this API.');
      Object.assign(context.progress, found);
    },
  };
};

const isAdmin = (caller: Caller): boolean =>
  caller.kind === 'user' && caller.groups.includes(process.env[variables.adminGroup] ?? 'admins');

const identified = (authenticate: Authenticate | undefined): Middleware => ({
  before: async ({ event, context: { progress } }) => {
    const { route } = progress;
    const { authorization } = event.headers;
    const mayBeGuest = route.access === 'anyone' || (route.access === 'rules' && authorization === undefined);
    progress.caller = mayBeGuest || authenticate === undefined ? { kind: 'guest' } : await authenticate(authorization);
    if (route.access === 'admins' && !isAdmin(progress.caller)) {
      throw new ApiError('forbidden', 'Only members of the admin group may do this.');
    }
    if (route.scope !== undefined && progress.caller.kind === 'user' && !progress.caller.scopes.includes(route.scope)) {
      throw new ApiError('insufficient_scope', `The access token needs the scope ${route.scope}. Log in with /auth/login to get one.`);
    }
  },
});

const parsed = (): Middleware => ({
  before: ({ event, context: { progress } }) => {
    const { route } = progress;
    progress.rawBody = '';
    const hasBody = event.body !== undefined && event.body !== '';
    if (route.body === undefined || (route.body === 'optional' && !hasBody)) return;
    if (route.body === 'raw') {
      progress.rawBody = decodeBody({ text: event.body ?? '', isBase64Encoded: event.isBase64Encoded });
      return;
    }
    assertMediaType(route, event.headers as Record<string, string>);
    progress.rawBody = decodeBody({ text: event.body ?? '', isBase64Encoded: event.isBase64Encoded });
    progress.body = parseJsonObject(progress.rawBody);
  },
});

const toApiRequest = (event: Event, context: ApiContext, { route, routeKey, body, rawBody, caller }: Progress): ApiRequest => ({
  route,
  routeKey,
  path: (event.pathParameters ?? {}) as Record<string, string>,
  query: new URLSearchParams(event.rawQueryString),
  headers: event.headers as Record<string, string>,
  body,
  rawBody,
  caller,
  sourceIp: event.requestContext.http.sourceIp,
  requestId: context.awsRequestId,
  remainingMs: () => context.getRemainingTimeInMillis() - answerBeforeTimeoutMs,
});

const toResult = (reply: ApiReply, route: Route, requestId: string, method: string): Result => {
  const hasBody = reply.text !== undefined || reply.body !== undefined;
  return {
    statusCode: reply.status ?? route.status,
    headers: {
      ...securityHeaders,
      ...(hasBody && { 'content-type': 'application/json' }),
      ...reply.headers,
      'x-request-id': requestId,
    },
    ...(hasBody && method !== 'HEAD' && { body: reply.text ?? JSON.stringify(reply.body) }),
  };
};

/**
 * The one way to make the Lambda handler of a feature: the middleware stack of every API function, in its order.
 *
 * 1. `logged` is outermost, so that it sees the final status.
 * 2. `problems` turns whatever is thrown inside into problem+json.
 * 3. `routed` finds the route, since access and body depend on it.
 * 4. `identified` runs before the body is parsed, so that strangers cost least.
 * 5. `parsed` gives the checked JSON body.
 *
 * @param routes the feature's table of contracts/
 * @param actions one function a route
 */
export const defineHandler = <R extends Routes>(routes: R, actions: Actions<R>): ApiHandler => {
  const needsUsers = Object.values(routes).some((route) => route.access !== 'anyone');
  const authenticate = needsUsers ? createAuthenticate() : undefined;
  const run = async (event: Event, context: ApiContext): Promise<Result> => {
    const { progress } = context;
    const action = actions[progress.routeKey] as Action;
    const reply = await action(toApiRequest(event, context, progress));
    return toResult(reply, progress.route, context.awsRequestId, event.requestContext.http.method);
  };
  const stack = middy<Event, Result, Error, ApiContext>(run, {
    timeoutEarlyInMillis: answerBeforeTimeoutMs,
    timeoutEarlyResponse: () => {
      throw new ApiError('timeout', 'The request took too long. Try again; if it was a write, read first whether it was done.', {
        retryAfterSeconds: 5,
      });
    },
  })
    .use(logged())
    .use(problems())
    .use(routed(routes))
    .use(identified(authenticate))
    .use(parsed());
  return async (event, context) => (await stack(event, context as ApiContext, {} as never)) as Result;
};
