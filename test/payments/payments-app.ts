import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, defineBackend, model } from '../../lib/index.ts';

/** What a test chooses. */
export interface PaymentsAppSettings {
  /** What the secret holds. @default there is none */
  readonly secret?: string;
  readonly livemode?: boolean;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as PaymentsAppSettings;

const Product = model({
  fields: { title: z.string().min(1), priceCents: z.int(), published: z.boolean().default(true) },
  access: (allow) => [allow.owner(), allow.signedIn().to('get').when({ published: true })],
});

const definition = defineBackend({
  data: { models: { Product } },
  events: {},
  integrations: {
    payments: {
      secretName: 'shop/stripe',
      currency: 'eur',
      catalog: { model: 'Product', price: 'priceCents', name: 'title', when: { published: true } },
      plans: { pro: 'price_pro' },
      successUrl: 'https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}',
      cancelUrl: 'https://shop.example.com/cart',
      onUserDelete: 'cancel',
      ...(settings.livemode !== undefined && { livemode: settings.livemode }),
    },
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Shop');
if (settings.secret !== undefined) new CfnSecret(stack, 'StripeSecret', { name: 'shop/stripe', secretString: settings.secret });
new Backend(stack, 'Backend', definition);
app.synth();
