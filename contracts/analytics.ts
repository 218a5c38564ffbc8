import { defineRoutes } from './route.ts';

const ofBody = ['validation_failed', 'unknown_field'] as const;

/** The routes of analytics. */
export const analyticsRoutes = defineRoutes({
  recordEvents: {
    method: 'POST',
    path: '/analytics/events',
    access: 'rules',
    summary: 'Takes events of an app: all of them, or none',
    status: 202,
    body: 'required',
    errors: [...ofBody, 'unauthenticated', 'body_too_large'],
  },
  readConsent: {
    method: 'GET',
    path: '/analytics/consent',
    access: 'signedIn',
    summary: 'Reads what the user has said about analytics',
    status: 200,
    errors: [],
  },
  setConsent: {
    method: 'PUT',
    path: '/analytics/consent',
    access: 'signedIn',
    summary: 'Says whether events of the user may be taken',
    status: 200,
    body: 'required',
    errors: ofBody,
  },
});

/** A key of {@link analyticsRoutes}. */
export type AnalyticsRoute = keyof typeof analyticsRoutes;

/** Bounds of analytics. */
export const analyticsLimits = {
  /** Events of a request. Firehose takes 500 records of 4 MiB in one ("Quota"). */
  events: 100,
  /** Bytes of a request. With all that is added, a batch fits into a message of SQS (1 MiB). */
  requestBytes: 262_144,
  /**
   * Bytes of its events as they are stored: `1e20` is 21 digits then. Firehose takes 1,000 KiB for one ("Quota"), and SQS 1 MiB for all
   * of them.
   */
  storedBytes: 1_000_000,
  anonymousIdLength: 128,
  /** Characters of a type of the definition. */
  typeLength: 64,
} as const;

/** What takes the place of a property that is personal data. */
export const redacted = '[redacted]';

/** An event as it is stored, one a line, and sent on. */
export interface AnalyticsEvent {
  /** UUID. The same event may be stored twice; it then has the same id. */
  readonly id: string;
  readonly type: string;
  /** When it happened, by the clock of the app; never later than `receivedAt`. */
  readonly at: string;
  readonly receivedAt: string;
  /** The `sub` of the user whose token was sent. */
  readonly userId?: string;
  /** The app's own name for a device or a visit. */
  readonly anonymousId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** How many events of a request were taken: all, or 0 without consent. */
export interface AnalyticsReceipt {
  readonly accepted: number;
}

/** What a user has said about analytics. */
export interface AnalyticsConsent {
  /** Null: nothing yet. */
  readonly consent: boolean | null;
}
