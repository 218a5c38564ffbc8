import { createClient } from '../../client/client.ts';
import type { Folder } from '../../contracts/folder.ts';
import { inProcessFiles } from '../../lambdas/files/in-process.ts';
import { inProcessPush } from '../../lambdas/push/in-process.ts';
import { inProcessFetch, inProcessUrl } from '../../lambdas/runtime/in-process-fetch.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';

// A function that uses files and push inside of itself: by the routes, and for an upload by the client's own classes.

export interface FeaturesEvent {
  readonly caller: Caller;
  readonly method?: string;
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
  /** A text that is uploaded to the folder `papers`, in place of a request. */
  readonly upload?: string;
}

export interface FeaturesAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

interface Definition {
  readonly files: { readonly folders: { readonly papers: Folder } };
}

export const handler = async (event: FeaturesEvent, context: { getRemainingTimeInMillis(): number }): Promise<FeaturesAnswer> => {
  const run = { requestId: 'inside', remainingMs: () => context.getRemainingTimeInMillis() };
  const fetchInside = inProcessFetch({ features: { files: inProcessFiles, push: inProcessPush }, caller: event.caller, run });
  const { method = 'GET', path, body, key, upload } = event;
  if (upload !== undefined) {
    const client = createClient<Definition>({ url: inProcessUrl, fetch: fetchInside, accessToken: () => undefined });
    const json = await client.files.papers.upload(new TextEncoder().encode(upload), { name: 'a.txt', type: 'text/plain' });
    return { status: 201, json };
  }
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
  const response = await fetchInside(`${inProcessUrl}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
};
