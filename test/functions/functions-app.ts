import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, call, defineBackend, fn, http } from '../../lib/index.ts';

const text = z.object({ text: z.string() });

export const definition = defineBackend({
  auth: { groups: ['editors'] },
  functions: {
    answers: fn({
      entry: 'test/functions/code/answers.ts',
      on: [call('answers', { access: (allow) => [allow.signedIn()], input: z.object({ answer: z.string() }), output: text })],
      env: { DATABASE_SECRET: 'correct-horse-battery' },
      secrets: { key: 'functions/key' },
      timeoutSeconds: 4,
    }),
    routes: fn({
      entry: 'test/functions/code/routes.ts',
      on: [
        call('sum', {
          access: (allow) => [allow.anyone()],
          input: z.object({ numbers: z.array(z.number()).max(10) }),
          output: z.object({ sum: z.number() }),
        }),
        http('GET /quotes/{id}', { access: (allow) => [allow.anyone()] }),
        http('POST /quotes/{id}/reply', { access: (allow) => [allow.anyone()], rawBody: true }),
        http('POST /quotes', {
          access: (allow) => [allow.group('editors')],
          input: z.object({ count: z.int().min(1), currency: z.string().default('EUR') }),
          output: z.object({ price: z.number(), currency: z.string() }),
        }),
        http('PUT /quotes/raw', { access: (allow) => [allow.anyone()], rawBody: true }),
        http('DELETE /quotes/{id}', { access: () => [] }),
      ],
    }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  const stack = new Stack(app, 'Code');
  new CfnSecret(stack, 'Key', { name: 'functions/key', secretString: 'a-secret-of-forty-characters-0123456789a' });
  new Backend(stack, 'Backend', definition);
  app.synth();
}
