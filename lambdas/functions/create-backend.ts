import { features } from '@compiled/function-features';
import { createClient, type PlinthClient } from '../../client/client.ts';
import type { FunctionRun } from '../runtime/in-process.ts';
import { inProcessFetch, inProcessUrl } from '../runtime/in-process-fetch.ts';
import type { Caller } from '../runtime/request.ts';

/** No request of a run takes longer than a run. */
const timeoutMs = 900_000;

/** The client of the backend for code that runs inside of it: no request leaves the function, and its role is what it can do. */
export const createBackend = (caller: Caller, run: FunctionRun): PlinthClient<unknown> =>
  createClient<unknown>({
    url: inProcessUrl,
    fetch: inProcessFetch({ features, caller, run }),
    accessToken: () => undefined,
    retries: 0,
    timeoutMs,
  });
