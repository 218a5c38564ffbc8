import { webhooks } from '@compiled/webhooks';
import type { BackendEvent } from '../../contracts/events.ts';
import { passesFilter } from '../../contracts/webhooks-options.ts';
import type { DeliveryItem, EndpointItem } from '../../contracts/webhooks-table.ts';
import { putDelivery, putMessage } from './deliveries-store.ts';
import { deliveryIdOf, messageIdOf } from './ids.ts';
import { queueDeliveries } from './queues-client.ts';

/** What webhooks need to know of an event. */
export type SentEvent = Pick<BackendEvent, 'id' | 'type' | 'time' | 'data'>;

/** The endpoints that an event is sent to. */
export const listenersOf = (type: string, endpoints: readonly EndpointItem[]): readonly EndpointItem[] =>
  webhooks.types.includes(type)
    ? endpoints.filter(({ enabled, events }) => enabled && events.some((filter) => passesFilter(type, filter)))
    : [];

const newDelivery = (event: SentEvent, endpointId: string, expiresAt: number): DeliveryItem => ({
  sk: deliveryIdOf(endpointId, event.id, Date.parse(event.time)),
  messageId: messageIdOf(event.id),
  type: event.type,
  status: 'pending',
  createdAt: new Date().toISOString(),
  attempts: [],
  attempted: 0,
  scheduleBegan: 0,
  expiresAt,
});

/** A delivery with the endpoint that it goes to. */
export interface KeptDelivery {
  readonly endpointId: string;
  readonly item: DeliveryItem;
}

/**
 * Stores what an event sends to endpoints. It may be done again at any point: an event has one delivery at an endpoint.
 *
 * @returns the deliveries, those of an earlier run included
 */
export const keepDeliveries = async (event: SentEvent, endpoints: readonly EndpointItem[]): Promise<readonly KeptDelivery[]> => {
  if (endpoints.length === 0) return [];
  const expiresAt = Math.ceil(Date.now() / 1_000) + webhooks.logDays * 86_400;
  const { id, type, time, data } = event;
  const body = JSON.stringify({ type, timestamp: time, data });
  const sent = await putMessage(messageIdOf(id), { body, expiresAt });
  // What a function tells twice under one key is told at two times, and is one delivery all the same.
  const first = sent === body ? time : (JSON.parse(sent) as { readonly timestamp: string }).timestamp;
  return Promise.all(
    endpoints.map(async ({ sk: endpointId }) => {
      const item = newDelivery({ ...event, time: first }, endpointId, expiresAt);
      return { endpointId, item: (await putDelivery(endpointId, item)) ?? item };
    }),
  );
};

/** Has stored deliveries sent, unless they have been tried. */
export const sendKept = (kept: readonly KeptDelivery[]): Promise<void> => {
  // An earlier run may have died before it got here.
  const untried = kept.filter(({ item }) => item.status === 'pending' && item.attempted === 0);
  return queueDeliveries(untried.map(({ endpointId, item }) => ({ endpointId, deliveryId: item.sk, attempted: 0 })));
};
