import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Backend, defineBackend, event, fn, use } from '../../lib/index.ts';

const entry = 'test/inbound/code/hears.ts';

export const definition = defineBackend({
  integrations: {
    inbound: {
      github: { secretName: 'hooks/github', signature: 'github', maxBodyBytes: 4_000_000 },
      other: { secretName: 'hooks/github', signature: 'github', maxBodyBytes: 4_000_000 },
      small: { secretName: 'hooks/github', signature: 'github' },
    },
  },
  functions: {
    hears: fn({ entry, on: [event('inbound.github', 'inbound.other')], access: [use.inbound('github')] }),
  },
});

if (process.env['TEST_APP_SETTINGS'] !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  const stack = new Stack(app, 'Hooks');
  new CfnSecret(stack, 'Secret', { name: 'hooks/github', secretString: 'github-secret' });
  new Backend(stack, 'Backend', definition);
  app.synth();
}
