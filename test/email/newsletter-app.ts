import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, call, defineBackend, fn, http, model, use } from '../../lib/index.ts';

/** The example of docs/email.md, "Newsletters". A test calls what there the clock runs. */
export const definition = defineBackend({
  data: {
    models: {
      Subscription: model({
        fields: { topic: z.string().max(40) },
        indexes: { byTopic: ['topic'] },
        access: (allow) => [allow.owner()],
      }),
    },
  },
  functions: {
    newsletter: fn({
      entry: 'test/email/code/newsletter.ts',
      on: [
        call('newsletter', {
          access: (allow) => [allow.group('admins')],
          input: z.object({ apiUrl: z.string(), issue: z.string() }),
          output: z.object({ sent: z.int() }),
        }),
      ],
      access: [use.data('Subscription', 'read'), use.email],
    }),
    unsubscribe: fn({
      entry: 'test/email/code/unsubscribe.ts',
      on: [http('POST /unsubscribe/{token}', { access: (allow) => [allow.anyone()] })],
      access: [use.data('Subscription', 'delete')],
    }),
  },
  integrations: { email: { from: 'Shop <hello@example.com>' } },
});

if (process.env['TEST_APP_SETTINGS'] !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Newsletter'), 'Backend', definition);
  app.synth();
}
