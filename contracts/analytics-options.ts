import type { z } from 'zod';

/** Where events are sent beside the bucket, and the name of the secret of Secrets Manager with the key. */
export interface ForwardOptions {
  /** The secret holds JSON `{ "writeKey" }`. */
  readonly segment?: { readonly secretName: string };
  /** The secret holds JSON `{ "apiKey" }`; `host` is `https://eu.i.posthog.com`, `https://us.i.posthog.com` or your own. */
  readonly posthog?: { readonly secretName: string; readonly host: string };
  /** Google Analytics 4. The secret holds JSON `{ "measurementId", "apiSecret" }`. */
  readonly ga4?: { readonly secretName: string };
}

/** A service that events are sent to. */
export type ForwardName = keyof ForwardOptions;

/** What apps tell of how they are used. */
export interface AnalyticsOptions {
  /** The properties of events by their types, as `page.viewed`. An event that breaks its schema is refused. */
  readonly events: Readonly<Record<string, z.ZodObject>>;
  /** Names of properties that are personal data, at any depth and in any case: their values are never stored or sent on. @default none */
  readonly pii?: readonly string[];
  /** Takes events of callers without a token, who name themselves by an `anonymousId`. @default false */
  readonly guests?: boolean;
  /**
   * `required`: a request says whether there is consent. `assumed`: a request may leave it out.
   * In both cases nothing is taken of a user who has said no.
   * @default 'required'
   */
  readonly consent?: 'required' | 'assumed';
  /** How long events are kept, in days. @default for ever */
  readonly retentionDays?: number;
  /** @default events are in the bucket only */
  readonly forward?: ForwardOptions;
}

/** `@compiled/analytics`: the definition of analytics. */
export interface CompiledAnalytics {
  /** In lower case. */
  readonly pii: readonly string[];
  readonly guests: boolean;
  readonly consent: 'required' | 'assumed';
  readonly forward: ForwardOptions;
}
