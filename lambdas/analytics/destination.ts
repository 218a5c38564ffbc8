import type { AnalyticsEvent } from '../../contracts/analytics.ts';

/** A POST to a service. */
export interface ProviderRequest {
  /** With the path, without the host. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A service that events are sent to. */
export interface Destination {
  /** Where it answers: `https://api.example.com`. */
  readonly origin: string;
  /** The members of its secret, all texts. */
  readonly secret: readonly string[];
  /** Events that a request takes. @default as many as a caller sends */
  readonly eventsOfRequest?: number;
  /**
   * What is sent for events of one caller, no more than a request takes.
   *
   * @param secret its members by name
   */
  readonly request: (events: readonly AnalyticsEvent[], secret: Readonly<Record<string, string>>) => ProviderRequest;
}
