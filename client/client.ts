import { AuthClient } from './auth.ts';
import {
  BatchClient,
  type OperationsByModel,
  type RecordOperation,
  RecordOperations,
  sendTransaction,
  type TransactionOptions,
  type TransactionResults,
} from './batches.ts';
import { authEndpoints } from './endpoints.ts';
import type { ModelName } from './record-types.ts';
import { RecordsClient } from './records.ts';
import { expectTokens, Session } from './session.ts';
import { defaultStorage, memoryStorage, type TokenStorage } from './token-storage.ts';
import { type Credentials, Transport } from './transport.ts';
import { UsersClient } from './users.ts';

export type { ErrorCode, FieldError } from '../contracts/errors.ts';
export type { BatchResult, OperationsByModel, RecordOperation, RecordOperations } from './batches.ts';
export { NetworkError, type NetworkErrorReason } from './network-error.ts';
export { PlinthError } from './plinth-error.ts';
export type { Count, NewRecord, RecordFields, RecordFilter, RecordPatch, RecordType } from './record-types.ts';
export { memoryStorage, type TokenStorage, webStorage } from './token-storage.ts';

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** The address of the API: the stack's output `ApiUrl`, or what local mode prints. */
  readonly url: string;
  /** Where the session is kept. @default the page's `localStorage` in a browser, else memory */
  readonly storage?: TokenStorage;
  /**
   * Gives the access token of each request, for servers that act for a caller. The client then keeps no session of its own:
   * logins return their tokens and have no further effect.
   * @default the session of the last login
   */
  readonly accessToken?: () => string | undefined | Promise<string | undefined>;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch;
  /** How often a read, or a write with an idempotency key, is repeated when the network or the backend fails. @default 2 */
  readonly retries?: number;
  /** Milliseconds until a try is given up. API Gateway gives up after 30 s. @default 30000 */
  readonly timeoutMs?: number;
}

/** The groups of a definition, the admin group among them. */
export type GroupName<D> =
  | (D extends { readonly auth: { readonly groups: readonly (infer G extends string)[] } } ? G : never)
  | (D extends { readonly auth: { readonly adminGroup: infer G extends string } } ? G : 'admins');

/** A client of the backend with the definition `D`. */
export interface PlinthClient<D> {
  /** Accounts and the session. */
  readonly auth: AuthClient;
  /** For members of the admin group. */
  readonly admin: { readonly users: UsersClient<GroupName<D>> };
  /** The records, by the names of their models. */
  readonly data: { readonly [N in ModelName<D>]: RecordsClient<D, N> };
  /** Many reads, or writes, in one request, each on its own. */
  readonly batch: BatchClient<D>;
  /**
   * Does up to 100 writes of several models, all or none, and returns their results in order.
   *
   * @example
   * ```ts
   * const [entry] = await client.transaction((tx) => [
   *   tx.Entry.create({ accountId, amount: -5 }),
   *   tx.Account.update(accountId, { balance: { increment: -5 } }, { ifMatch: account.version }),
   * ]);
   * ```
   * @throws PlinthError that names the operation which was refused: `errors[0].pointer` is `/operations/1` for the second
   */
  transaction<const O extends readonly RecordOperation[], R extends boolean = false>(
    build: (tx: OperationsByModel<D>) => O,
    options?: TransactionOptions<R>,
  ): Promise<TransactionResults<O, R>>;
}

/** A model's client is made when it is asked for: at run time nothing is known of the definition. */
const byModel = (make: (model: string) => unknown): object => {
  const clients = new Map<string, unknown>();
  return new Proxy(Object.freeze({}), {
    get: (_, model) => {
      // `await client.data` and the like look for these; they are no models.
      if (typeof model !== 'string' || model === 'then' || model === 'toJSON') return undefined;
      const client = clients.get(model) ?? make(model);
      clients.set(model, client);
      return client;
    },
  });
};

/**
 * Makes a client from the definition's type alone: nothing is generated, and nothing of the definition gets into the bundle.
 *
 * @example
 * ```ts
 * import { createClient } from 'plinth/client';
 * import type { backend } from './backend';
 *
 * const client = createClient<typeof backend>({ url: 'https://abc.execute-api.eu-central-1.amazonaws.com' });
 * await client.auth.login({ email: 'ann@example.com', password });
 * const { items } = await client.data.Note.list({ sort: '-createdAt' });
 * ```
 * @throws TypeError for a url that is none
 */
export const createClient = <D>(options: ClientOptions): PlinthClient<D> => {
  const url = options.url.replace(/\/+$/, '');
  if (!/^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(url)) throw new TypeError(`"${options.url}" is not the http(s) address of an API`);
  const { accessToken } = options;
  const session = new Session({
    storage: accessToken === undefined ? (options.storage ?? defaultStorage(`plinth ${url}`)) : memoryStorage(),
    refresh: async (refreshToken) => expectTokens(await transport.send(authEndpoints.refresh, { body: { refreshToken }, guest: true })),
  });
  const fixed: Credentials | undefined = accessToken && {
    current: async () => accessToken(),
    renew: async () => undefined,
  };
  const transport = new Transport({
    url,
    credentials: fixed ?? session,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    retries: options.retries ?? 2,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  const operations = byModel((model) => new RecordOperations(model)) as OperationsByModel<D>;
  return {
    auth: new AuthClient(transport, session),
    admin: { users: new UsersClient(transport) },
    data: byModel((model) => new RecordsClient(transport, model as never)) as PlinthClient<D>['data'],
    batch: new BatchClient(transport, operations),
    transaction: (build, options) => sendTransaction(transport, build(operations), options) as never,
  };
};
