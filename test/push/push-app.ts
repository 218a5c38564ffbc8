import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Backend, defineBackend } from '../../lib/index.ts';

/** What a test chooses. */
export interface PushAppSettings {
  /** @default all */
  readonly platforms?: readonly ('apns' | 'fcm' | 'web')[];
  readonly maxDevicesPerUser?: number;
  /** @default 'com.example.app' */
  readonly bundleId?: string;
  readonly revision?: string;
  /** What the secret of Apple holds. @default there is none */
  readonly secret?: string;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as PushAppSettings;
const { platforms = ['apns', 'fcm', 'web'], maxDevicesPerUser, bundleId = 'com.example.app', revision } = settings;

const definition = defineBackend({
  auth: { groups: ['editors'] },
  push: {
    ...(platforms.includes('apns') && { apns: { secretName: 'push/apns', bundleId, ...(revision !== undefined && { revision }) } }),
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
const stack = new Stack(app, 'Notify');
if (settings.secret !== undefined) new CfnSecret(stack, 'AppleSecret', { name: 'push/apns', secretString: settings.secret });
new Backend(stack, 'Backend', definition);
app.synth();
