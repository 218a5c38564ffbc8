// Runs the bundled actions in a thread: Jest's own loader knows no dynamic imports, which the SDK makes.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type DataRoute, dataRoutes } from '../../contracts/data.ts';
import type { ApiError } from '../../contracts/errors.ts';
import type { Action, Caller } from '../../lambdas/runtime/request.ts';

/** A request as it travels to the thread. */
export interface WorkerCall {
  readonly number: number;
  readonly route: DataRoute;
  readonly path: Readonly<Record<string, string>>;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: string;
  readonly caller: Caller;
}

/** What came of a call: the reply, or the refusal. */
export interface Outcome {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  readonly pointers?: readonly string[];
  readonly retryAfterSeconds?: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly body?: any;
  readonly headers: Readonly<Record<string, string>>;
}

const actions = createRequire(import.meta.url)(String(workerData)) as Readonly<Record<DataRoute, Action>>;

const run = async ({ route, path, query, headers, rawBody, caller }: WorkerCall): Promise<Outcome> => {
  const reply = await actions[route]({
    route: dataRoutes[route],
    routeKey: route,
    path,
    query: new URLSearchParams(query),
    headers,
    body: rawBody === '' ? undefined : JSON.parse(rawBody),
    rawBody,
    caller,
    sourceIp: '127.0.0.1',
    requestId: 'test',
    remainingMs: () => 14_000,
  });
  const { status = dataRoutes[route].status, body } = reply;
  // As over the wire: undefined members are gone.
  return { status, headers: reply.headers ?? {}, ...(body !== undefined && { body: JSON.parse(JSON.stringify(body)) }) };
};

const toRefusal = (error: unknown): Outcome => {
  const { name, status, code, message, headers, errors, retryAfterSeconds, stack } = error as ApiError;
  if (name !== 'ApiError') return { status: 500, code: 'internal_error', detail: String(stack), headers: {} };
  const pointers = errors?.map(({ pointer }) => pointer);
  return {
    status,
    code,
    detail: message,
    headers,
    ...(pointers && { pointers }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
};

parentPort?.on('message', async (call: WorkerCall) => {
  parentPort?.postMessage({ number: call.number, outcome: await run(call).catch(toRefusal) });
});
