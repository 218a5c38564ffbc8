import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, defineBackend } from '../../lib/index.ts';

/** What a test chooses. */
export interface AnalyticsAppSettings {
  readonly guests?: boolean;
  readonly consent?: 'required' | 'assumed';
  /** Sends events to all services. @default false */
  readonly forwards?: boolean;
  /** Where a stand-in for all services answers; the secrets then exist. */
  readonly standInUrl?: string;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as AnalyticsAppSettings;
const { guests, consent, forwards = false, standInUrl } = settings;

const definition = defineBackend({
  integrations: {
    analytics: {
      events: {
        'page.viewed': z.object({ path: z.string().max(200), referrer: z.string().max(200).optional() }),
        'order.paid': z.object({
          total: z.number(),
          gift: z.boolean().optional(),
          Email: z.string().max(200).optional(),
          items: z.array(z.object({ sku: z.string().max(40), phone: z.string().max(40).optional() })).optional(),
        }),
        opened: z.object({}),
      },
      pii: ['email', 'phone'],
      ...(guests !== undefined && { guests }),
      ...(consent !== undefined && { consent }),
      ...(forwards && {
        forward: {
          segment: { secretName: 'analytics/segment' },
          posthog: { secretName: 'analytics/posthog', host: 'https://eu.i.posthog.com' },
          ga4: { secretName: 'analytics/ga4' },
        },
      }),
    },
  },
});

const secrets = { segment: { writeKey: 'wk' }, posthog: { apiKey: 'ak' }, ga4: { measurementId: 'G-1', apiSecret: 'as' } };

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Analytics');
if (standInUrl !== undefined) {
  for (const [name, secret] of Object.entries(secrets))
    new CfnSecret(stack, name, { name: `analytics/${name}`, secretString: JSON.stringify({ ...secret, apiUrl: standInUrl }) });
}
new Backend(stack, 'Backend', definition);
app.synth();
