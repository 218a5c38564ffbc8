import { webhookRoutes } from '../../contracts/webhooks.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { createWebhook } from './create-webhook.ts';
import { deleteWebhook } from './delete-webhook.ts';
import { listWebhookDeliveries } from './list-webhook-deliveries.ts';
import { listWebhooks } from './list-webhooks.ts';
import { readWebhook } from './read-webhook.ts';
import { readWebhookDelivery } from './read-webhook-delivery.ts';
import { replayWebhookDeliveries } from './replay-webhook-deliveries.ts';
import { replayWebhookDelivery } from './replay-webhook-delivery.ts';
import { rotateWebhookSecret } from './rotate-webhook-secret.ts';
import { testWebhook } from './test-webhook.ts';
import { updateWebhook } from './update-webhook.ts';

/** The function behind `/webhooks/*`. */
export const handler = defineHandler(webhookRoutes, {
  createWebhook,
  listWebhooks,
  readWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
  listWebhookDeliveries,
  readWebhookDelivery,
  replayWebhookDelivery,
  replayWebhookDeliveries,
});
