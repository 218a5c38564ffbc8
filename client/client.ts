import type { FilesUsage } from '../contracts/files.ts';
import type { AnalyticsClient } from './analytics.ts';
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
import type { EmailClient } from './email.ts';
import { authEndpoints, filesEndpoints } from './endpoints.ts';
import type { FolderName } from './file-types.ts';
import { FolderClient } from './files.ts';
import { callFunction, type FunctionCalls } from './functions.ts';
import { MessagesClient } from './messages.ts';
import { AllPaymentsClient, PaymentsClient } from './payments.ts';
import { PushClient } from './push.ts';
import { expectObject } from './read-answer.ts';
import type { ModelName } from './record-types.ts';
import { RecordsClient } from './records.ts';
import { expectTokens, Session } from './session.ts';
import { defaultStorage, memoryStorage, type TokenStorage } from './token-storage.ts';
import { type CallOptions, type Credentials, Transport } from './transport.ts';
import { UsersClient } from './users.ts';
import type { WebhooksClient } from './webhooks.ts';

export type { ErrorCode, FieldError } from '../contracts/errors.ts';
export type { RecordOptions, TrackedEvent } from './analytics.ts';
export type { BatchResult, OperationsByModel, RecordOperation, RecordOperations } from './batches.ts';
export { FileRefusedError } from './file-refused-error.ts';
export type { StoredFile, UploadOptions, UploadProgress, UploadSource } from './file-types.ts';
export { NetworkError, type NetworkErrorReason } from './network-error.ts';
export type { PaymentsQuery, PlanName, Purchase } from './payments.ts';
export { PlinthError } from './plinth-error.ts';
export type { Message } from './push-types.ts';
export { PushUnavailableError, type PushUnavailableReason } from './push-unavailable-error.ts';
export type { Count, NewRecord, RecordFields, RecordFilter, RecordPatch, RecordType } from './record-types.ts';
export { memoryStorage, type TokenStorage, webStorage } from './token-storage.ts';

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** The address of the API: the stack's output `ApiUrl`, or what local mode prints. */
  readonly url: string;
  /** Where the session is kept. @default the page's `localStorage` in a browser, else memory */
  readonly storage?: TokenStorage;
  /**
   * Where this device keeps its own notes: which uploads are unfinished, and under which id it gets pushes. They outlast sessions.
   * @default the page's `localStorage` in a browser, else memory
   */
  readonly deviceStorage?: TokenStorage;
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
  readonly admin: {
    readonly users: UsersClient<GroupName<D>>;
    readonly push: MessagesClient;
    readonly payments: AllPaymentsClient;
    readonly webhooks: WebhooksClient;
    readonly email: EmailClient<D>;
  };
  /** The records, by the names of their models. */
  readonly data: { readonly [N in ModelName<D>]: RecordsClient<D, N> };
  /** The files, by the names of their folders; and how much the caller keeps in all of them. */
  readonly files: { readonly [F in FolderName<D>]: FolderClient<D, F> } & { usage(options?: CallOptions): Promise<FilesUsage> };
  /** Events of the app, and what the user says about them. */
  readonly analytics: AnalyticsClient<D>;
  /** Checkouts, the billing portal, and what the caller has paid. */
  readonly payments: PaymentsClient<D>;
  /** Messages to phones and browsers. */
  readonly push: PushClient<D>;
  /** Functions, by the names of their calls. */
  readonly functions: FunctionCalls<D>;
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

/** The client of a model or folder is made when it is asked for: at run time nothing is known of the definition. */
const byName = (make: (name: string) => unknown): object => {
  const clients = new Map<string, unknown>();
  return new Proxy(Object.freeze({}), {
    get: (_, name) => {
      // `await client.data` and the like look for these; they are no names.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      const client = clients.get(name) ?? make(name);
      clients.set(name, client);
      return client;
    },
  });
};

/** A client whose code is loaded when it is used. All of its methods are asynchronous. */
const onDemand = <T extends object>(load: () => Promise<T>): T =>
  byName(
    (method) =>
      async (...options: unknown[]): Promise<unknown> =>
        ((await load()) as Readonly<Record<string, (...options: unknown[]) => unknown>>)[method]?.(...options),
  ) as T;

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
  const deviceStorage = options.deviceStorage ?? (accessToken === undefined ? defaultStorage(`plinth device ${url}`) : memoryStorage());
  const usage = async (call?: CallOptions) => expectObject(await transport.send(filesEndpoints.readUsage, { signal: call?.signal }));
  const filesContext = { transport, storage: deviceStorage, fetch: options.fetch };
  const operations = byName((model) => new RecordOperations(model)) as OperationsByModel<D>;
  return {
    auth: new AuthClient(transport, session),
    admin: {
      users: new UsersClient(transport),
      push: new MessagesClient(transport),
      payments: new AllPaymentsClient(transport),
      webhooks: onDemand(async () => new (await import('./webhooks.ts')).WebhooksClient(transport)),
      email: onDemand(async () => new (await import('./email.ts')).EmailClient<D>(transport)),
    },
    data: byName((model) => new RecordsClient(transport, model as never)) as PlinthClient<D>['data'],
    // No folder can have the name `usage`: the route is taken.
    files: byName((name) => (name === 'usage' ? usage : new FolderClient(filesContext, name as never))) as PlinthClient<D>['files'],
    analytics: onDemand(async () => new (await import('./analytics.ts')).AnalyticsClient<D>(transport)),
    payments: new PaymentsClient(transport),
    push: new PushClient(transport, deviceStorage),
    functions: byName((name) => callFunction(transport, name)) as FunctionCalls<D>,
    batch: new BatchClient(transport, operations),
    transaction: (build, options) => sendTransaction(transport, build(operations), options) as never,
  };
};
