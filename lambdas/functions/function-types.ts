import type { z } from 'zod';
import type { PlinthClient, RecordOptions, TrackedEvent } from '../../client/client.ts';
import type { ModelName, NewRecord, RecordType, WrittenKeys } from '../../client/record-types.ts';
import type { WriteOptions } from '../../client/transport.ts';
import type { AnalyticsReceipt } from '../../contracts/analytics.ts';
import type { BackendEvent, FeatureEvents, OwnEvents, RecordChange } from '../../contracts/events.ts';
import type { FunctionDefinition, FunctionOptions, Functions } from '../../contracts/functions.ts';
import type { RecordHookEvent, SignUpHookEvent } from '../../contracts/hooks.ts';
import type { InboundDelivery } from '../../contracts/inbound.ts';
import type { FunctionLog } from './function-log.ts';

// Types only: what a definition says about its functions, for those who write them.

type FunctionsOf<D> = D extends { readonly functions: infer F extends Functions } ? F : Record<never, never>;
type OptionsOf<D, N> = N extends keyof FunctionsOf<D>
  ? FunctionsOf<D>[N] extends FunctionDefinition<infer O>
    ? O
    : FunctionOptions
  : FunctionOptions;
type TriggerOf<D, N> = OptionsOf<D, N>['on'][number];

/** The names of a definition's functions. */
export type FunctionName<D> = WrittenKeys<FunctionsOf<D>>;

/** The types of events of the definition's own, with their data. */
type OwnEventsOf<D> = D extends { readonly events: { readonly types: infer T extends OwnEvents } } ? T : Record<never, never>;

type ChangeOf<D, M, V> =
  M extends ModelName<D>
    ? {
        readonly created: RecordChange<RecordType<D, M>> & { readonly old?: never };
        readonly updated: RecordChange<RecordType<D, M>>;
        readonly deleted: RecordChange<RecordType<D, M>> & { readonly new?: never };
      }[V & ('created' | 'updated' | 'deleted')]
    : unknown;

type DataOf<D, T extends string> = T extends keyof OwnEventsOf<D>
  ? z.output<OwnEventsOf<D>[T]>
  : T extends keyof FeatureEvents
    ? FeatureEvents[T]
    : T extends `${infer M}.${infer V extends 'created' | 'updated' | 'deleted'}`
      ? ChangeOf<D, M, V>
      : unknown;
type EventOf<D, T extends string> = T extends string ? BackendEvent<T, DataOf<D, T>> : never;

type VariablesOf<P extends string> = P extends `${string}{${infer V}}${infer Rest}` ? V | VariablesOf<Rest> : never;
type SchemaOutput<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A request of an `http` trigger. */
export interface HttpRun<P extends string = string, B = unknown> {
  readonly kind: 'http';
  /** As the definition has it: `POST /quotes/{id}`. */
  readonly route: P;
  /** The variables of the path, decoded. */
  readonly path: { readonly [V in VariablesOf<P>]: string };
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What `input` says; undefined without it. */
  readonly body: B;
  /** The text of the body as it came; empty without one. */
  readonly rawBody: string;
}

/** A call of a `call` trigger. */
export interface CallRun<N extends string = string, I = unknown> {
  readonly kind: 'call';
  readonly name: N;
  readonly input: I;
}

/** A happening that an event trigger listens to. It comes at least once; what a run has finished is not handed over again. */
export interface EventRun<E extends BackendEvent = BackendEvent> {
  readonly kind: 'event';
  readonly event: E;
}

/** A run by the clock. */
export interface ScheduleRun {
  readonly kind: 'schedule';
  /** When it was due: ISO 8601, UTC. */
  readonly dueAt: string;
}

/** A message of a `queue` trigger. */
export interface MessageRun<M = unknown> {
  readonly kind: 'message';
  readonly id: string;
  readonly message: M;
  /** 1 for the first try. */
  readonly attempt: number;
}

type HookedBy<D, M> = M extends ModelName<D> ? RecordType<D, M> : Readonly<Record<string, unknown>>;
type HookOf<P extends string> = Omit<Extract<RecordHookEvent, { readonly point: P }>, 'new' | 'old' | 'changes' | 'model'>;

/** A write that waits for the function. Records have their fields and what the server sets. */
export type HookRun<P extends string, M extends string, R> = HookOf<P> & { readonly model: M } & {
    readonly create: { readonly new: R };
    readonly update: { readonly new: R; readonly old: R; readonly changes: Readonly<Record<string, unknown>> };
    readonly delete: { readonly old: R };
  }[P & ('create' | 'update' | 'delete')];

/** What a hook may return: nothing, or a merge patch (RFC 7396) of what is written. It refuses by throwing a `FunctionError`. */
// biome-ignore lint/suspicious/noConfusingVoidType: what an async function without a return gives
export type HookResult = void | { readonly amend: Readonly<Record<string, unknown>> };

type RunOfTrigger<D, T> = T extends {
  readonly kind: 'hook';
  readonly point: infer P extends string;
  readonly model: infer M extends string;
}
  ? HookRun<P, M, HookedBy<D, M>>
  : T extends { readonly kind: 'hook'; readonly point: 'signUp' }
    ? SignUpHookEvent
    : RunOfOtherTrigger<D, T>;
type RunOfOtherTrigger<D, T> = T extends { readonly kind: 'http'; readonly route: infer P extends string; readonly input?: infer I }
  ? HttpRun<P, SchemaOutput<I>>
  : T extends { readonly kind: 'call'; readonly name: infer N extends string; readonly input: infer I }
    ? CallRun<N, SchemaOutput<I>>
    : T extends { readonly kind: 'event'; readonly types: readonly (infer E extends string)[] }
      ? EventRun<EventOf<D, E>>
      : T extends { readonly kind: 'schedule' }
        ? ScheduleRun
        : T extends { readonly kind: 'queue'; readonly message: infer M }
          ? MessageRun<SchemaOutput<M>>
          : never;

type ResultOfTrigger<T> = T extends { readonly kind: 'call'; readonly output: infer O extends z.ZodType }
  ? z.output<O>
  : T extends { readonly kind: 'http'; readonly output?: infer O }
    ? O extends z.ZodType
      ? z.output<O>
      : unknown
    : T extends { readonly kind: 'hook' }
      ? HookResult
      : // biome-ignore lint/suspicious/noConfusingVoidType: what an async function without a return gives
        void;

/** What a function is handed: one of what its triggers give. Look at `kind` where there are several. */
export type RunOf<D, N> = RunOfTrigger<D, TriggerOf<D, N>>;
/** What a function returns. */
export type ResultOf<D, N> = ResultOfTrigger<TriggerOf<D, N>>;

/** The user who called, by a valid access token. */
export interface CallingUser {
  /** The `sub`: what `owner` of records holds. */
  readonly id: string;
  readonly username: string;
  readonly groups: readonly string[];
}

type BackendAccess<D> = Pick<PlinthClient<D>, 'data' | 'files' | 'push' | 'batch' | 'transaction'> & {
  readonly analytics: Pick<PlinthClient<D>['analytics'], 'record'>;
};

type MessagesOf<F> = F extends FunctionDefinition<infer O> ? Extract<O['on'][number], { readonly kind: 'queue' }> : never;
type QueueName<D> = {
  [N in FunctionName<D>]: [MessagesOf<FunctionsOf<D>[N & keyof FunctionsOf<D>]>] extends [never] ? never : N;
}[FunctionName<D>];
type MessageFor<D, N> = N extends keyof FunctionsOf<D> ? z.input<MessagesOf<FunctionsOf<D>[N]>['message']> : never;

/** An event of the definition's own, as `publishAll` takes it. */
export type PublishedEvent<D> = {
  [T in WrittenKeys<OwnEventsOf<D>>]: { readonly type: T; readonly data: z.input<OwnEventsOf<D>[T]>; readonly key?: string };
}[WrittenKeys<OwnEventsOf<D>>];

/** A queue of another function. */
export interface MessageQueue<M> {
  /**
   * @param options.delaySeconds 0 to 900. @default 0
   * @throws ApiError `validation_failed` for a message that is not as the queue's `message` says: `errors` has the places
   */
  send(message: M, options?: { readonly delaySeconds?: number }): Promise<void>;
}

/** What the system can, beside what apps can: make records for others. */
type SystemRecords<D> = {
  readonly [N in ModelName<D>]: PlinthClient<D>['data'][N] & {
    /** @param record.owner whose the record is. @default who called, or the `actor` of the event; else nobody's */
    create(record: NewRecord<D, N> & { readonly owner?: string }, options?: WriteOptions): Promise<RecordType<D, N>>;
  };
};

/** What the system can, beside what apps can: say whom events are about. */
interface SystemAnalytics<D> {
  /**
   * Hands up to 100 events over, all or none.
   *
   * @param options.userId whom they are about. @default who called, or the `actor` of the event
   * @param options.consent whether there is consent. @default what that user has said. A no of the user always counts
   * @returns how many were taken: 0 without consent
   */
  record(events: readonly TrackedEvent<D>[], options?: RecordOptions & { readonly userId?: string }): Promise<AnalyticsReceipt>;
}

/** What a function works with. What `access` does not name is refused. */
export interface FunctionContext<D, N extends string = string> extends Omit<BackendAccess<D>, 'data' | 'analytics'> {
  readonly data: SystemRecords<D>;
  /** Events of analytics, which `access` names by `use.analytics`. */
  readonly analytics: SystemAnalytics<D>;
  /** E-mails, which `access` names by `use.email`. */
  readonly email: PlinthClient<D>['admin']['email'];
  /**
   * The same as whoever called: nothing that the caller may not do by an app. `data`, `files` and the like of the context itself act
   * as the system, which no rule holds back.
   *
   * @throws TypeError in a run that nobody called
   */
  readonly asCaller: BackendAccess<D> & { readonly email: PlinthClient<D>['admin']['email'] };
  /** Telling of events of the definition's own, which `access` names by `use.events`. */
  readonly events: {
    /**
     * Tells an event.
     *
     * @param options.key what makes it the same event wherever this function tells it again, with this type: it has the same id, and who
     * remembers ids handles it once. @default a run that is tried again gives the same ids to events of the same type and data
     */
    publish<const T extends WrittenKeys<OwnEventsOf<D>>>(
      type: T,
      data: z.input<OwnEventsOf<D>[T]>,
      options?: { readonly key?: string },
    ): Promise<void>;
    /**
     * Tells many events, up to ten in a request. None is told if one breaks its schema.
     *
     * @throws ApiError `unavailable` where the bus does not take some: `errors` says which. To publish all again tells no other twice
     */
    publishAll(events: readonly PublishedEvent<D>[]): Promise<void>;
  };
  /**
   * Bodies of inbound webhooks that are too large for an event, which `access` names by `use.inbound`: `ctx.inbound.body(event.data)`
   * gives what `body` else has.
   */
  readonly inbound: { body(delivery: InboundDelivery): Promise<unknown> };
  /** The queues of functions, which `access` names by `use.queue`. */
  readonly queues: { readonly [Q in QueueName<D>]: MessageQueue<MessageFor<D, Q>> };
  /** Values from Secrets Manager, read when they are asked for and kept for five minutes. Logs never show them. */
  readonly secrets: { get(name: WrittenKeys<NonNullable<OptionsOf<D, N>['secrets']>>): Promise<string> };
  /** The variables of the definition. */
  readonly env: NonNullable<OptionsOf<D, N>['env']>;
  readonly log: FunctionLog;
  /** Undefined for guests, and for runs that nobody called. */
  readonly user: CallingUser | undefined;
  readonly requestId: string;
  /** Aborts shortly before the run would be cut off. Hand it to `fetch`. */
  readonly signal: AbortSignal;
}

/** The code of a function. */
export type FunctionHandler<D, N extends string> = (
  run: RunOf<D, N>,
  ctx: FunctionContext<D, N>,
) => Promise<ResultOf<D, N>> | ResultOf<D, N>;
