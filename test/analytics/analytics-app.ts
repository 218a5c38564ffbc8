import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, call, created, defineBackend, fn, model, use } from '../../lib/index.ts';

/** What a test chooses. */
export interface AnalyticsAppSettings {
  readonly guests?: boolean;
  readonly consent?: 'required' | 'assumed';
  /** Has functions that record events. @default false */
  readonly functions?: boolean;
  /** Sends events to all services. @default false */
  readonly forwards?: boolean;
  /** Where a stand-in for all services answers; the secrets then exist. */
  readonly standInUrl?: string;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as AnalyticsAppSettings;
const { guests, consent, functions = false, forwards = false, standInUrl } = settings;

const input = z.object({ as: z.enum(['system', 'caller']), events: z.array(z.any()), options: z.record(z.string(), z.any()).default({}) });
const output = z.object({ result: z.unknown() });
const models = { Order: model({ fields: { total: z.number() }, access: (allow) => [allow.owner()] }) };
const codes = {
  tell: fn({
    entry: 'test/analytics/code/tell.ts',
    on: [call('tell', { access: (allow) => [allow.anyone()], input, output }), created('Order')],
    access: [use.analytics],
  }),
  mute: fn({
    entry: 'test/analytics/code/tell.ts',
    on: [call('mute', { access: (allow) => [allow.anyone()], input, output })],
    access: [use.data('Order', 'read')],
  }),
};

export const definition = defineBackend({
  data: { models: functions ? models : ({} as typeof models) },
  functions: functions ? codes : ({} as typeof codes),
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
        measured: z.object({ values: z.array(z.number()) }),
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

if (process.env['TEST_APP_SETTINGS'] !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  const stack = new Stack(app, 'Analytics');
  if (standInUrl !== undefined) {
    for (const [name, secret] of Object.entries(secrets))
      new CfnSecret(stack, name, { name: `analytics/${name}`, secretString: JSON.stringify({ ...secret, apiUrl: standInUrl }) });
  }
  new Backend(stack, 'Backend', definition);
  app.synth();
}
