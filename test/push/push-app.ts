import { App, Stack } from 'aws-cdk-lib';
import { Backend, defineBackend } from '../../lib/index.ts';

/** What a test chooses. */
export interface PushAppSettings {
  /** @default all */
  readonly platforms?: readonly ('apns' | 'fcm' | 'web')[];
  readonly maxDevicesPerUser?: number;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as PushAppSettings;
const { platforms = ['apns', 'fcm', 'web'], maxDevicesPerUser } = settings;

const definition = defineBackend({
  auth: { groups: ['editors'] },
  push: {
    ...(platforms.includes('apns') && { apns: { secretName: 'push/apns', bundleId: 'com.example.app' } }),
    ...(platforms.includes('fcm') && { fcm: { secretName: 'push/fcm' } }),
    ...(platforms.includes('web') && { web: { subject: 'mailto:ops@example.com', pushServices: ['*.push.example.com'] } }),
    topics: {
      news: { access: (allow) => [allow.signedIn().to('subscribe'), allow.group('editors')] },
      editorial: { access: (allow) => [allow.group('editors')] },
      quiet: { access: (allow) => [allow.group('editors').to('send')] },
    },
    locales: ['en', 'de'],
    templates: {
      hello: { title: { en: 'Hello {{name}}', de: 'Hallo {{name}}' }, body: { en: 'Welcome', de: 'Willkommen' } },
    },
    categories: ['offers', 'replies'],
    ...(maxDevicesPerUser !== undefined && { maxDevicesPerUser }),
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Notify'), 'Backend', definition);
app.synth();
