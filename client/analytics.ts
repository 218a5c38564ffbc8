import type { AnalyticsConsent, AnalyticsReceipt, analyticsRoutes } from '../contracts/analytics.ts';
import type { EndpointsOf } from './endpoints.ts';
import { expectObject } from './read-answer.ts';
import type { CallOptions, Transport } from './transport.ts';

// Here, and not with the endpoints of the other features, so that both are loaded when they are used.
const at = {
  recordEvents: 'POST /analytics/events',
  readConsent: 'GET /analytics/consent',
  setConsent: 'PUT /analytics/consent',
} as const satisfies EndpointsOf<typeof analyticsRoutes>;

type EventsOf<D> = D extends { readonly integrations: { readonly analytics: { readonly events: infer E } } } ? E : never;
type PropertiesOf<T> = T extends { readonly _zod: { readonly input: infer P } } ? P : never;

interface AnyEvent {
  /** A UUID; an event that is sent twice counts once by it. @default a new one */
  readonly id?: string;
  /** When it happened. @default when it is sent */
  readonly at?: Date;
}

/** An event of the definition. */
export type TrackedEvent<D> = AnyEvent &
  ([EventsOf<D>] extends [never]
    ? { readonly type: string; readonly properties?: Readonly<Record<string, unknown>> }
    : {
        [T in keyof EventsOf<D> & string]: { readonly type: T; readonly properties: PropertiesOf<EventsOf<D>[T]> };
      }[keyof EventsOf<D> & string]);

/** Options of {@link AnalyticsClient.record}. */
export interface RecordOptions extends CallOptions {
  /** Whether there is consent. With `false`, nothing is taken. */
  readonly consent?: boolean;
  /** The app's name for this device or visit: letters, digits, `_`, `.`, `:` and `-`. Needed without a login. */
  readonly anonymousId?: string;
}

/**
 * Events of the app. `D` is the definition.
 *
 * @example
 * ```ts
 * await client.analytics.record([{ type: 'page.viewed', properties: { path: location.pathname } }], { consent: true });
 * ```
 */
export class AnalyticsClient<D = unknown> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Hands up to 100 events over, all or none. Gather events and send them together.
   *
   * @throws PlinthError `validation_failed` where one of them breaks its schema: `errors[0].pointer` says which
   */
  async record(events: readonly TrackedEvent<D>[], { signal, ...about }: RecordOptions = {}): Promise<AnalyticsReceipt> {
    const sent = (events as readonly (AnyEvent & object)[]).map(({ at: when, ...event }) => ({
      id: crypto.randomUUID(),
      ...event,
      at: (when ?? new Date()).toISOString(),
    }));
    const body = { ...about, events: sent };
    return expectObject(await this.#transport.send(at.recordEvents, { body, signal })) as unknown as AnalyticsReceipt;
  }

  /** What the user has said about analytics. */
  async consent(options?: CallOptions): Promise<AnalyticsConsent> {
    return expectObject(await this.#transport.send(at.readConsent, { signal: options?.signal })) as unknown as AnalyticsConsent;
  }

  /** Says for the user whether events may be taken, on all devices. */
  async setConsent(consent: boolean, options?: CallOptions): Promise<AnalyticsConsent> {
    const body = { consent };
    return expectObject(await this.#transport.send(at.setConsent, { body, signal: options?.signal })) as unknown as AnalyticsConsent;
  }
}
