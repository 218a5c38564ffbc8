import type { QueuedEvent } from '../../contracts/payments-table.ts';

type Fields = Readonly<Record<string, unknown>>;
type Kind = QueuedEvent['kind'];

/** What each event is about, and which member of its object names that. All else of an object is asked of Stripe, as it is then. */
const subjects: Readonly<Record<string, readonly [kind: Kind, member: string]>> = {
  'payment_intent.succeeded': ['payment', 'id'],
  'payment_intent.payment_failed': ['payment', 'id'],
  'payment_intent.processing': ['payment', 'id'],
  'payment_intent.canceled': ['payment', 'id'],
  'charge.refunded': ['payment', 'payment_intent'],
  'refund.created': ['payment', 'payment_intent'],
  'refund.updated': ['payment', 'payment_intent'],
  'refund.failed': ['payment', 'payment_intent'],
  'charge.dispute.created': ['dispute', 'id'],
  'charge.dispute.updated': ['dispute', 'id'],
  'charge.dispute.closed': ['dispute', 'id'],
  'customer.subscription.created': ['subscription', 'id'],
  'customer.subscription.updated': ['subscription', 'id'],
  'customer.subscription.deleted': ['subscription', 'id'],
  'customer.subscription.paused': ['subscription', 'id'],
  'customer.subscription.resumed': ['subscription', 'id'],
};

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_]{1,255}$/.test(value);

/** What an event means to us: something to look at, or why nothing. */
export type EventMeaning = { readonly queued: QueuedEvent } | { readonly ignored: string };

const subjectOf = (type: string, event: Fields): EventMeaning => {
  const [kind, member] = Object.hasOwn(subjects, type) ? (subjects[type] ?? []) : [];
  if (kind === undefined || member === undefined) return { ignored: 'its type is unknown' };
  const { id, data } = event;
  const object = isFields(data) && isFields(data['object']) ? data['object'][member] : undefined;
  if (!isId(id) || !isId(object)) return { ignored: 'it names nothing that is known' };
  return { queued: { id, type, kind, object } };
};

/**
 * Reads an event of Stripe, of whatever version: no more than its id, its type, its mode and what it is about.
 *
 * @param livemode whether live events count, or those of the test mode
 */
export const readEvent = (event: Fields, livemode: boolean): EventMeaning => {
  const { type, livemode: isLive } = event;
  if (typeof type !== 'string') return { ignored: 'it has no type' };
  if (isLive !== livemode) return { ignored: `it is not of the ${livemode ? 'live' : 'test'} mode` };
  return subjectOf(type, event);
};

/** What the log tells of an event. */
export const eventFacts = ({ id, type, api_version: apiVersion }: Fields): Fields => {
  const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, 100) : undefined);
  return { eventId: short(id), type: short(type), apiVersion: short(apiVersion) };
};
