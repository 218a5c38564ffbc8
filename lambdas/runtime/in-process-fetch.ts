import { ApiError } from '../../contracts/errors.ts';
import type { FunctionRun, InProcess } from './in-process.ts';
import { problemResponse } from './problem.ts';
import type { Caller } from './request.ts';
import type { Answer } from './run-route.ts';

/** The address that clients inside a function are made with: no request to it leaves the function. */
export const inProcessUrl = 'http://backend';

/** What an {@link inProcessFetch} answers. */
export interface InProcessFetchOptions {
  /** By the first segment of their paths: `data`, `files`, `push`. Others are refused. */
  readonly features: Readonly<Record<string, InProcess>>;
  readonly caller: Caller;
  readonly run: FunctionRun;
}

const headersOf = (init: RequestInit | undefined): Readonly<Record<string, string>> => Object.fromEntries(new Headers(init?.headers));

const noSuchFeature = (path: string, { requestId }: FunctionRun): Answer => {
  const error = new ApiError('unknown_route', 'This function may not use this part of the backend. Name it in the function’s `access`.');
  const { statusCode = 404, headers, body } = problemResponse(error, path, requestId);
  return { status: statusCode, headers: headers as Readonly<Record<string, string>>, ...(body !== undefined && { body }) };
};

const bodyOf = (init: RequestInit | undefined): { readonly body?: string } => {
  const body = init?.body ?? undefined;
  if (body === undefined) return {};
  if (typeof body !== 'string') throw new TypeError('a request to the backend has a text as its body');
  return { body };
};

const answer = async ({ features, caller, run }: InProcessFetchOptions, url: URL, init: RequestInit | undefined): Promise<Answer> => {
  const [, name = ''] = url.pathname.split('/');
  const feature = Object.hasOwn(features, name) ? features[name] : undefined;
  if (feature === undefined) return noSuchFeature(url.pathname, run);
  const request = { method: init?.method ?? 'GET', path: url.pathname, query: url.search.slice(1), headers: headersOf(init) };
  return feature({ ...request, ...bodyOf(init) }, caller, run);
};

/**
 * A `fetch` over the features that run in this function, so that the client's own classes work there:
 * `createClient({ url: inProcessUrl, fetch: inProcessFetch(…) })`. Requests to other addresses, such as uploads of bytes, go over
 * the network.
 */
export const inProcessFetch =
  (options: InProcessFetchOptions): typeof fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== inProcessUrl) return fetch(input, init);
    init?.signal?.throwIfAborted();
    const { status, headers, body } = await answer(options, url, init);
    return new Response(body ?? null, { status, headers });
  };
