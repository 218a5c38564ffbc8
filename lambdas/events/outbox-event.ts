import type { BackendEvent, OutboxItem } from '../../contracts/events.ts';
import type { ItemChange } from './stream-records-client.ts';

/** PutEventsRequestEntry, DetailType: "Maximum length of 128" (EventBridge API Reference, rules of events). */
const maxTypeLength = 128;

/**
 * The event that an item of an outbox is.
 *
 * @throws Error for an item whose event EventBridge would refuse, with all that are sent beside it
 */
export const outboxEvent = (change: ItemChange): BackendEvent | undefined => {
  if (change.new === undefined || change.old !== undefined) return undefined;
  const { event, dataJson } = change.new as unknown as Partial<OutboxItem>;
  if (event === undefined) return undefined;
  const { type, id = change.id, time = change.time, depth = 0 } = event;
  if (typeof type !== 'string' || type === '' || type.length > maxTypeLength) throw new Error('the event of the item has no proper type');
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) throw new Error('the event of the item has a time that is none');
  if (typeof id !== 'string' || !Number.isInteger(depth)) throw new Error('the event of the item has no proper id or depth');
  const data: unknown = dataJson === undefined ? (event.data ?? {}) : JSON.parse(dataJson);
  return { ...event, type, id, time, depth, data };
};
