import { features } from '@compiled/function-features';
import { createEvents } from '@compiled/function-parts';
import type { Context } from 'aws-lambda';
import { ApiError } from '../../contracts/errors.ts';
import type { BackendEvent } from '../../contracts/events.ts';
import type { InProcessRequest } from '../runtime/in-process.ts';
import { inProcessFetch, inProcessUrl } from '../runtime/in-process-fetch.ts';
import { problemResponse, toApiError } from '../runtime/problem.ts';
import type { Caller } from '../runtime/request.ts';
import { type Occasion, systemFor } from './create-context.ts';
import type { CallingUser } from './function-types.ts';
import { createRunIds } from './run-ids.ts';

interface PublishedEvent {
  readonly type: string;
  readonly data: unknown;
  readonly key?: string;
}

/** What a function asks of the backend: a request of the API, or to tell of an event. */
type Asked = {
  readonly requestId?: string;
  /** Who called the function; null for a guest, absent in a run that nobody called. */
  readonly user?: CallingUser | null;
  /** The event that it handles. */
  readonly handled?: Pick<BackendEvent, 'id' | 'depth' | 'actor'>;
} & ({ readonly request: InProcessRequest; readonly as: 'system' | 'caller' } | { readonly publish: PublishedEvent });

/** What it gets: an answer of the API. */
interface DoorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty without one. */
  readonly body: string;
}

/** So much earlier than this function ends must a request. */
const reserveMs = 700;

/** The token is the caller's own matter: no function is handed it, and what needs it is for apps. */
const callerOf = (user: CallingUser): Caller => ({ kind: 'user', ...user, scopes: [], accessToken: '' });

const occasionOf = ({ requestId, user, handled }: Asked, context: Context): Occasion => ({
  requestId: requestId ?? context.awsRequestId,
  remainingMs: () => context.getRemainingTimeInMillis() - reserveMs,
  ...(user !== undefined && { caller: user === null ? { kind: 'guest' } : callerOf(user) }),
  ...(handled && { handled }),
});

const request = async (
  { method, path, query = '', headers, body }: InProcessRequest,
  caller: Caller,
  run: Occasion,
): Promise<DoorAnswer> => {
  const url = new URL(`${inProcessUrl}${path}?${query}`);
  // What begins otherwise than the path of a URL would lead to another host.
  if (url.origin !== inProcessUrl) throw new ApiError('unknown_route', 'The path of a request begins with a slash.');
  const send = inProcessFetch({ features, caller, run });
  const response = await send(url, { method, ...(headers && { headers }), ...(body !== undefined && { body }) });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
};

const publish = async ({ type, data, key }: PublishedEvent, { caller, handled }: Occasion): Promise<DoorAnswer> => {
  if (createEvents === undefined) {
    throw new ApiError('forbidden', 'The function may tell of no event: name it in use.events(…) of its access.');
  }
  const actor = caller?.kind === 'user' ? caller.id : handled?.actor;
  const origin = { ...(handled && { handled }), ...(actor !== undefined && { actor }) };
  await createEvents(origin, createRunIds(undefined)).publish(type, data, key === undefined ? {} : { key });
  return { status: 204, headers: {}, body: '' };
};

/**
 * The backend for a function that is not written for Node, and for no other: it has the role that such a function would have, does
 * the same checks as the API, and answers as the API does.
 */
export const handler = async (asked: Asked, context: Context): Promise<DoorAnswer> => {
  const occasion = occasionOf(asked, context);
  try {
    if ('publish' in asked) return await publish(asked.publish, occasion);
    return await request(asked.request, asked.as === 'caller' ? (occasion.caller ?? { kind: 'guest' }) : systemFor(occasion), occasion);
  } catch (thrown) {
    const { statusCode = 500, headers = {}, body = '' } = problemResponse(toApiError(thrown), '/', occasion.requestId);
    return { status: statusCode, headers: headers as DoorAnswer['headers'], body };
  }
};
