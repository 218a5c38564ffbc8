import type { AnalyticsOptions } from './analytics-options.ts';
import type { EmailOptions } from './email-options.ts';
import type { InboundProviders } from './inbound.ts';
import type { PaymentsOptions } from './payments-options.ts';
import type { WebhooksOptions } from './webhooks-options.ts';

/** Services outside that a backend tells of what happens, or hears from. */
export interface IntegrationsOptions {
  /** Sends events to endpoints that admins register, by Standard Webhooks. @default none are sent */
  readonly webhooks?: WebhooksOptions;
  /** Sends e-mails, and keeps away from addresses that bounce or complain. @default none are sent but those of accounts, which Cognito sends */
  readonly email?: EmailOptions;
  /** Takes signed webhooks of other services at `POST /inbound/<name>`, and tells of each on the bus as `inbound.<name>`. @default none */
  readonly inbound?: InboundProviders;
  /** Payments by Stripe: checkouts, the billing portal, and what has been paid. @default none */
  readonly payments?: PaymentsOptions;
  /** Takes events of apps, by schemas and with consent, into a bucket that Athena reads. @default none */
  readonly analytics?: AnalyticsOptions;
}
