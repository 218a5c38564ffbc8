import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';

/**
 * A delivery as a message of the queue, which endpoints share. By their ids SQS sees when one has many deliveries or is slow, and hands
 * out those of others first ("Amazon SQS fair queues").
 */
export const deliveryMessage = (delivery: QueuedDelivery) => ({
  MessageBody: JSON.stringify(delivery),
  MessageGroupId: delivery.endpointId,
});
