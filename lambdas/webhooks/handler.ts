import { webhookRoutes } from '../../contracts/webhooks.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { forOperators } from '../runtime/for-operators.ts';
import { inProcess } from '../runtime/in-process.ts';
import { createWebhook } from './create-webhook.ts';
import { deleteWebhook } from './delete-webhook.ts';
import { listWebhookDeliveries } from './list-webhook-deliveries.ts';
import { listWebhooks } from './list-webhooks.ts';
import { readWebhook } from './read-webhook.ts';
import { readWebhookDelivery } from './read-webhook-delivery.ts';
import { replayWebhookDeliveries } from './replay-webhook-deliveries.ts';
import { replayWebhookDelivery } from './replay-webhook-delivery.ts';
import { rotateWebhookSecret } from './rotate-webhook-secret.ts';
import { switchWebhook } from './switch-webhook.ts';
import { testWebhook } from './test-webhook.ts';
import { updateWebhook } from './update-webhook.ts';

const api = defineHandler(webhookRoutes, {
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

/** What `plinth webhooks` asks for: nothing that shows or changes a secret, or where events go. */
const operated = {
  listWebhooks: webhookRoutes.listWebhooks,
  updateWebhook: webhookRoutes.updateWebhook,
  listWebhookDeliveries: webhookRoutes.listWebhookDeliveries,
  replayWebhookDelivery: webhookRoutes.replayWebhookDelivery,
  replayWebhookDeliveries: webhookRoutes.replayWebhookDeliveries,
};

/** The function behind `/webhooks/*`. */
export const handler = forOperators(
  api,
  inProcess(operated, {
    listWebhooks,
    updateWebhook: switchWebhook,
    listWebhookDeliveries,
    replayWebhookDelivery,
    replayWebhookDeliveries,
  }),
);
