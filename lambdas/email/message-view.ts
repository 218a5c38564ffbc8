import type { EmailDelivery, SentEmail } from '../../contracts/email.ts';
import type { DeliveryItem } from '../../contracts/email-table.ts';
import type { StoredMessage } from './email-store.ts';

const deliveryView = (to: EmailDelivery['to'], createdAt: string, delivery: DeliveryItem | undefined): EmailDelivery => ({
  to,
  status: delivery?.status ?? 'queued',
  ...(delivery?.reason !== undefined && { reason: delivery.reason }),
  at: delivery?.at ?? createdAt,
});

/** A message as the API returns it. */
export const messageView = (id: string, { item, deliveries }: StoredMessage): SentEmail => ({
  id,
  ...(item.template !== undefined && { template: item.template }),
  sender: item.sender,
  createdAt: item.createdAt,
  deliveries: item.to.map((to, index) => deliveryView(to, item.createdAt, deliveries.get(index))),
});
