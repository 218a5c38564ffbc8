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
  /**
   * What is sent for events of one caller.
   *
   * @param secret its members by name
   */
  readonly requests: (events: readonly AnalyticsEvent[], secret: Readonly<Record<string, string>>) => readonly ProviderRequest[];
}
