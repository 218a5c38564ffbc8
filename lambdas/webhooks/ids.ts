import { createHash } from 'node:crypto';
import { ApiError } from '../../contracts/errors.ts';

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @throws ApiError `invalid_id` */
export const readId = (id: string | undefined): string => {
  if (id !== undefined && idPattern.test(id)) return id;
  throw new ApiError('invalid_id', 'The id is no UUIDv7 in small letters. GET /webhooks/endpoints lists those that there are.');
};

/** How the ids begin of what happened at a time: what happened before has lesser ids. */
const prefixOf = (timeMs: number): string => {
  const time = Math.max(0, Math.trunc(timeMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
};

/** No delivery of an event of this time or later has a lesser id. */
export const leastDeliveryId = (timeMs: number): string => `${prefixOf(timeMs)}-7`;

/**
 * The id of what came of an event at an endpoint: a UUIDv7 (RFC 9562, section 5.7) of the event's time and, in the place of chance, a
 * hash, so that an event which comes twice has one.
 */
export const deliveryIdOf = (endpointId: string, eventId: string, timeMs: number): string => {
  const hash = createHash('sha256').update(`${endpointId} ${eventId}`).digest();
  hash[2] = ((hash[2] ?? 0) & 0x3f) | 0x80;
  const rest = hash.toString('hex');
  return `${prefixOf(timeMs)}-7${rest.slice(1, 4)}-${rest.slice(4, 8)}-${rest.slice(8, 20)}`;
};

/** The `webhook-id` of an event: its own id, where that may stand in a header and before a dot. */
export const messageIdOf = (eventId: string): string =>
  /^[A-Za-z0-9_-]{1,128}$/.test(eventId) ? eventId : createHash('sha256').update(eventId).digest('base64url');
