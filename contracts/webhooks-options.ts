/** Webhooks that the backend sends. */
export interface WebhooksOptions {
  /**
   * The event types that endpoints may ask for: exact ones, or all of a noun as `Note.*`. Events carry whole records, so name what may
   * leave. @default all types but `webhook.*`
   */
  readonly events?: readonly string[];
  /** How many endpoints there may be. Each event is compared with all of them. @default 20, at most 100 */
  readonly maxEndpoints?: number;
  /** An endpoint at which every attempt has failed for so many days is disabled. @default 5 */
  readonly disableAfterDays?: number;
  /** How long deliveries stay in the log, in days. An event that is replayed after that is sent again. @default 30, 15 to 365 */
  readonly logDays?: number;
}

/** What handlers know of {@link WebhooksOptions}. */
export interface CompiledWebhooks extends Required<Omit<WebhooksOptions, 'events'>> {
  /** The event types that may be sent. */
  readonly types: readonly string[];
}

/** Types that are not sent to endpoints: what tells of a failed delivery would fail again. */
const ownNoun = 'webhook';

/** A filter of event types: `*`, `Note.*`, `Note.created`. */
export const typeFilterPattern = /^(?:\*|[A-Za-z][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z][A-Za-z0-9_-]{0,63})*(?:\.\*)?)$/;

/** Whether an event of a type passes a filter. */
export const passesFilter = (type: string, filter: string): boolean => {
  if (type.startsWith(`${ownNoun}.`)) return false;
  if (filter === '*') return true;
  return filter.endsWith('.*') ? type.startsWith(filter.slice(0, -1)) : type === filter;
};
