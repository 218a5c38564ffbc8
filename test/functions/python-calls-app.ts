import { App, Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, before, call, defineBackend, fn, http, model, queue, schedule, use } from '../../lib/index.ts';

const code = 'test/functions/code/python-calls';
const answer = z.object({ answer: z.string().max(20) });
const text = z.object({ text: z.string(), number: z.number().optional(), whole: z.int().optional() });

export const definition = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Note: model({ fields: { text: z.string() }, access: (allow) => [allow.owner()] }) } },
  functions: {
    answers: fn({
      entry: `${code}/answers.py`,
      on: [
        call('pythonAnswer', { access: (allow) => [allow.signedIn()], input: answer, output: text }),
        call('pythonEcho', {
          access: (allow) => [allow.group('editors'), allow.anyone()],
          input: z.object({ count: z.int().min(1), currency: z.string().default('EUR') }),
          output: text,
        }),
        call('pythonClosed', { access: () => [], input: answer, output: text }),
        schedule('cron(0 3 * * ? *)'),
      ],
      env: { DATABASE_SECRET: 'correct-horse-battery' },
      timeoutSeconds: 3,
    }),
    routes: fn({
      entry: `${code}/routes.py`,
      on: [
        http('GET /python/{id}', { access: (allow) => [allow.anyone()] }),
        http('PUT /python/{id}', { access: (allow) => [allow.anyone()], rawBody: true }),
        http('DELETE /python/{id}', { access: (allow) => [allow.group('editors')] }),
        http('POST /python', {
          access: (allow) => [allow.anyone()],
          input: z.object({ count: z.int() }),
          output: z.looseObject({ kind: z.string() }),
        }),
        http('POST /python/reply', { access: (allow) => [allow.anyone()], input: z.object({ parts: z.looseObject({}) }) }),
      ],
    }),
    guard: fn({ entry: `${code}/guard.py`, on: [before.create('Note'), before.delete('Note'), before.signUp], timeoutSeconds: 2 }),
    busy: fn({
      entry: `${code}/answers.py`,
      on: [call('pythonBusy', { access: (allow) => [allow.anyone()], input: answer, output: text })],
      timeoutSeconds: 2,
    }),
    program: fn({
      entry: 'test/functions/code/program-calls',
      runtime: 'provided',
      on: [http('POST /program', { access: (allow) => [allow.anyone()], input: z.object({ answer: z.string() }) })],
    }),
    sender: fn({
      entry: `${code}/sender.py`,
      on: [
        call('pythonSend', {
          access: (allow) => [allow.anyone()],
          input: z.object({ queue: z.string(), count: z.string().optional() }),
          output: z.object({ length: z.int() }),
        }),
        queue({ message: z.object({ count: z.int() }) }),
      ],
      access: [use.queue('sender')],
      secrets: { key: 'functions/key' },
    }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  const stack = new Stack(app, 'Code');
  new CfnSecret(stack, 'Key', { name: 'functions/key', secretString: 'a-secret-of-forty-characters-0123456789a' });
  const { functions } = new Backend(stack, 'Backend', definition);
  const busy = functions?.functions['busy']?.function.function.node.defaultChild as CfnFunction;
  busy.reservedConcurrentExecutions = 1;
  app.synth();
}
