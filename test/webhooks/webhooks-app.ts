import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, defineBackend, model, type WebhooksOptions } from '../../lib/index.ts';

/** What a test chooses. */
export interface WebhooksAppSettings {
  readonly webhooks?: WebhooksOptions;
}

const { webhooks = {} } = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as WebhooksAppSettings;

const definition = defineBackend({
  data: { models: { Note: model({ fields: { title: z.string().max(200) }, access: (allow) => [allow.owner()] }) } },
  integrations: {
    webhooks,
    inbound: {
      github: { secretName: 'hooks/github', signature: 'github', headers: ['X-GitHub-Hook-ID'] },
      svix: { secretName: 'hooks/svix', signature: 'standard-webhooks' },
      shop: {
        secretName: 'hooks/shop',
        signature: {
          header: 'X-Shop-Signature',
          algorithm: 'sha512',
          encoding: 'base64',
          prefix: 'v0=',
          timestampHeader: 'X-Shop-Time',
          payload: 'timestamp.body',
        },
        id: { pointer: '/event/id' },
        type: { pointer: '/event/kind' },
      },
      plain: { secretName: 'hooks/plain', signature: { header: 'x-signature', algorithm: 'sha1', encoding: 'hex' } },
      billing: { secretName: 'hooks/billing', signature: 'paddle' },
      bare: { secretName: 'hooks/bare', signature: 'github' },
    },
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Hooks');
/** The secrets of the services, by the names of the definition. */
const secrets = {
  github: 'github-secret',
  svix: JSON.stringify([
    `whsec_${Buffer.from('the-new-secret-of-24-bytes').toString('base64')}`,
    `whsec_${Buffer.from('the-old-secret-of-24-bytes').toString('base64')}`,
  ]),
  shop: 'shop-secret',
  plain: 'plain-secret',
  billing: 'billing-secret',
};
for (const [name, secretString] of Object.entries(secrets)) new CfnSecret(stack, `Secret-${name}`, { name: `hooks/${name}`, secretString });
new Backend(stack, 'Backend', definition);
app.synth();
