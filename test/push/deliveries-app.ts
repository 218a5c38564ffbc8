import { App, Stack } from 'aws-cdk-lib';
import { Backend, defineBackend } from '../../lib/index.ts';

/** What a test chooses: with browsers alone there are no topics of SNS and no applications. */
export interface DeliveriesSettings {
  readonly webOnly?: boolean;
}

const { webOnly = false } = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as DeliveriesSettings;

const definition = defineBackend({
  push: {
    web: { subject: 'mailto:push@example.com' },
    ...(!webOnly && {
      apns: { secretName: 'apns', bundleId: 'com.example.notes' },
      fcm: { secretName: 'fcm' },
    }),
    topics: { news: { access: (allow) => [allow.signedIn().to('subscribe')] } },
    locales: ['en', 'de'],
    templates: {
      comment: {
        title: { en: 'New comment', de: 'Neuer Kommentar' },
        body: { en: '{{who}} wrote: {{text}}', de: '{{who}} schrieb: {{text}}' },
      },
    },
    categories: ['comments', 'offers'],
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
new Backend(new Stack(app, 'Deliveries'), 'Backend', definition);
app.synth();
