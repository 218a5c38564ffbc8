import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, defineBackend } from '../../lib/index.ts';

/** What a test chooses. */
export interface EmailAppSettings {
  /** @default 'ses' */
  readonly transport?: 'ses' | 'smtp' | 'resend';
  /** What the secret of the transport holds. @default there is none */
  readonly secret?: string;
  readonly maxPerUserPerHour?: number;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as EmailAppSettings;
const { transport = 'ses', secret, maxPerUserPerHour } = settings;
const secretName = 'email/transport';

const definition = defineBackend({
  integrations: {
    email: {
      from: 'Shop <hello@example.com>',
      replyTo: 'help@example.com',
      ...(transport !== 'ses' && { transport: transport === 'smtp' ? { smtp: { secretName } } : { resend: { secretName } } }),
      ...(maxPerUserPerHour !== undefined && { maxPerUserPerHour }),
      locales: ['en', 'de'],
      templates: {
        receipt: {
          subject: { en: 'Your order {{number}}', de: 'Ihre Bestellung {{number}}' },
          html: {
            en: '<h1>Thank you, {{name}}</h1><p>{{lines}}</p><p><a href="{{link}}" title="{{name}}">Your order</a></p>',
            de: '<h1>Danke, {{name}}</h1><p>{{lines}}</p><p><a href="{{link}}" title="{{name}}">Ihre Bestellung</a></p>',
          },
          values: z.object({
            number: z.string().max(40),
            name: z.string().max(200),
            lines: z.string().max(2_000),
            link: z.string().max(2_000),
          }),
        },
        welcome: {
          subject: 'Welcome',
          entry: 'test/email/welcome.mjml',
          values: z.object({ name: z.string().max(200), start: z.string().max(200) }),
        },
      },
    },
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Mail');
if (secret !== undefined) new CfnSecret(stack, 'TransportSecret', { name: secretName, secretString: secret });
new Backend(stack, 'Backend', definition);
app.synth();
