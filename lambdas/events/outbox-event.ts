import type { BackendEvent, OutboxItem } from '../../contracts/events.ts';
import type { ItemChange } from './stream-records-client.ts';

/**
 * The event that an item of an outbox is.
 *
 * @throws Error for an item whose event has no type
 */
export const outboxEvent = (change: ItemChange): BackendEvent | undefined => {
  if (change.new === undefined || change.old !== undefined) return undefined;
  const { event, dataJson } = change.new as unknown as Partial<OutboxItem>;
  if (event === undefined) return undefined;
  if (typeof event.type !== 'string' || event.type === '') throw new Error('the event of the item has no type');
  const data: unknown = dataJson === undefined ? (event.data ?? {}) : JSON.parse(dataJson);
  return { ...event, id: event.id ?? change.id, time: event.time ?? change.time, depth: event.depth ?? 0, data };
};
