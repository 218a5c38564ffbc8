import { createClient } from '../../client/client.ts';
import { defineBackend } from '../../contracts/backend.ts';

const payments = {
  secretName: 's',
  currency: 'eur',
  plans: { pro: 'price_pro', team: 'price_team' },
  successUrl: 'https://example.com',
  cancelUrl: 'https://example.com',
} as const;
const backend = defineBackend({ integrations: { payments } });
const client = createClient<typeof backend>({ url: 'https://example.com' });

void client.payments.checkout({ plan: 'pro', reference: 'r' });
void client.payments.checkout({ items: [{ id: 'a', quantity: 1 }], successPath: '/thanks' });
// @ts-expect-error there is no such plan
void client.payments.checkout({ plan: 'gold' });
// @ts-expect-error prices are the server's
void client.payments.checkout({ items: [{ id: 'a', quantity: 1, amount: 1 }] });
// @ts-expect-error a checkout is of something
void client.payments.checkout({});
void client.payments.me().then(({ subscriptions, payments: page }) => [subscriptions[0]?.plan, page.items[0]?.refundedAmount, page.cursor]);
