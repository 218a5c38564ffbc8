import { createClient } from '../../client/client.ts';
import { inProcessData } from '../../lambdas/data/in-process.ts';
import { inProcessFetch, inProcessUrl } from '../../lambdas/runtime/in-process-fetch.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';
import type { hooksModels } from './hooks-definition.ts';

// A function that uses the data inside of itself, by the client's own classes, as whoever its event says.

interface Definition {
  readonly data: { readonly models: typeof hooksModels };
}
type Client = ReturnType<typeof createClient<Definition>>;

export interface InsideEvent {
  readonly caller: Caller;
  /** What to call: `data.Order.create`, `transaction`. */
  readonly model: 'Order' | 'Line' | 'Plain' | 'Shelf';
  readonly method: 'create' | 'read' | 'list' | 'update' | 'delete';
  readonly args: readonly unknown[];
}

const call = (client: Client, { model, method, args }: InsideEvent): Promise<unknown> => {
  const records = client.data[model] as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
  const run = records[method];
  if (run === undefined) throw new Error(`records have no ${method}`);
  return run.apply(records, [...args]);
};

export const handler = async (event: InsideEvent, context: { getRemainingTimeInMillis(): number }): Promise<unknown> => {
  const run = { requestId: 'inside', remainingMs: () => context.getRemainingTimeInMillis() };
  const fetch = inProcessFetch({ features: { data: inProcessData }, caller: event.caller, run });
  const client = createClient<Definition>({ url: inProcessUrl, fetch, accessToken: () => undefined, retries: 0 });
  try {
    return { value: (await call(client, event)) ?? null };
  } catch (error) {
    const { code, status, message } = error as { readonly code?: string; readonly status?: number; readonly message?: string };
    return { refused: { code, status, message } };
  }
};
