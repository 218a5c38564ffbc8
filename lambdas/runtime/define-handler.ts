import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { ApiError } from '../../contracts/errors.ts';
import type { Route, Routes } from '../../contracts/route.ts';
import { type Authenticate, createAuthenticate } from './access-token.ts';
import { logRequest } from './log-request.ts';
import { problemResponse, toApiError } from './problem.ts';
import type { Action, ApiReply, ApiRequest, Caller } from './request.ts';
import { type Actions, answerOf, assertMayCall, parseRequestBody, unknownRoute } from './run-route.ts';

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
      if (found === undefined) throw unknownRoute();
      Object.assign(context.progress, found);
    },
  };
};

const identified = (authenticate: Authenticate | undefined): Middleware => ({
  before: async ({ event, context: { progress } }) => {
    const { route } = progress;
    const { authorization } = event.headers;
    const mayBeGuest = route.access === 'anyone' || (route.access === 'rules' && authorization === undefined);
    progress.caller = mayBeGuest || authenticate === undefined ? { kind: 'guest' } : await authenticate(authorization);
    assertMayCall(route, progress.caller);
  },
});

const parsed = (): Middleware => ({
  before: ({ event, context: { progress } }) => {
    const sent = { text: event.body ?? '', isBase64Encoded: event.isBase64Encoded };
    Object.assign(progress, parseRequestBody(progress.route, event.headers as Record<string, string>, sent));
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
  const { status, headers, body, isBase64Encoded = false } = answerOf(reply, route, requestId);
  const sent = body !== undefined && method !== 'HEAD' && { body, ...(isBase64Encoded && { isBase64Encoded }) };
  return { statusCode: status, headers: { ...headers }, ...sent };
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
