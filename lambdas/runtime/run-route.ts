import { ApiError } from '../../contracts/errors.ts';
import type { Route, Routes } from '../../contracts/route.ts';
import { variables } from '../../contracts/variables.ts';
import { assertMediaType } from './content-type.ts';
import { decodeBody, decodeRawBody, type EncodedBody, parseJsonObject } from './json-body.ts';
import { securityHeaders } from './problem.ts';
import type { Action, ApiReply, Caller, UserAction } from './request.ts';

// What is done for every request of a route, whether it comes over HTTP (define-handler.ts) or from a function (in-process.ts).

/** The code of each route. Routes that need a user get a {@link UserAction}. */
export type Actions<R extends Routes> = {
  readonly [K in keyof R]: R[K]['access'] extends 'signedIn' | 'admins' ? UserAction : Action;
};

/** A route and its key. */
export interface FoundRoute {
  readonly routeKey: string;
  readonly route: Route;
}

/** The refusal of a path that no route has. */
export const unknownRoute = (): ApiError =>
  new ApiError('unknown_route', 'There is no such route. See /openapi.json for the routes of this API.');

const isAdmin = (caller: Caller): boolean =>
  caller.kind === 'system' || (caller.kind === 'user' && caller.groups.includes(process.env[variables.adminGroup] ?? 'admins'));

const assertUser = (route: Route, caller: Caller): void => {
  if (caller.kind === 'guest') throw new ApiError('unauthenticated', 'Log in first: send an access token in the Authorization header.');
  if (caller.kind === 'user' || route.system === true) return;
  throw new ApiError('forbidden', 'This is about a user: a function may do it as its caller only, not as the system.');
};

/**
 * Refuses callers whom the route does not take at all.
 *
 * @throws ApiError `unauthenticated`, `forbidden`, `insufficient_scope`
 */
export const assertMayCall = (route: Route, caller: Caller): void => {
  if (route.access === 'signedIn') assertUser(route, caller);
  if (route.access === 'admins' && !isAdmin(caller)) {
    throw new ApiError('forbidden', 'Only members of the admin group may do this.');
  }
  if (route.scope !== undefined && caller.kind === 'user' && !caller.scopes.includes(route.scope)) {
    throw new ApiError('insufficient_scope', `The access token needs the scope ${route.scope}. Log in with /auth/login to get one.`);
  }
};

/** A body as it came, and what it says. */
export interface ParsedBody {
  readonly rawBody: string;
  readonly body: Record<string, unknown> | undefined;
}

/**
 * Parses the body of a request, where the route takes one.
 *
 * @throws ApiError `unsupported_media_type`, `body_too_large`, and others of json-body.ts
 */
export const parseRequestBody = (route: Route, headers: Readonly<Record<string, string>>, sent: EncodedBody): ParsedBody => {
  if (route.body === undefined || (route.body === 'optional' && sent.text === '')) return { rawBody: '', body: undefined };
  if (route.body === 'raw') return { rawBody: decodeRawBody(sent), body: undefined };
  assertMediaType(route, headers);
  const rawBody = decodeBody(sent);
  return { rawBody, body: parseJsonObject(rawBody) };
};

/** An answer as it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether `body` is bytes in base64. @default false */
  readonly isBase64Encoded?: true;
}

const bodyOf = ({ bytes, text, body }: ApiReply): string | undefined => {
  if (bytes !== undefined) return Buffer.from(bytes).toString('base64');
  return text ?? (body === undefined ? undefined : JSON.stringify(body));
};

/** The answer that an action's reply becomes. */
export const answerOf = (reply: ApiReply, route: Route, requestId: string): Answer => {
  const body = bodyOf(reply);
  return {
    status: reply.status ?? route.status,
    headers: {
      ...securityHeaders,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...reply.headers,
      'x-request-id': requestId,
    },
    ...(body !== undefined && { body }),
    ...(reply.bytes !== undefined && { isBase64Encoded: true }),
  };
};
