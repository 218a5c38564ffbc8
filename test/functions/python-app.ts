import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, created, defineBackend, fn, model, schedule, use } from '../../lib/index.ts';

const definition = defineBackend({
  data: { models: { Note: model({ fields: { text: z.string() }, indexes: { byText: ['text'] }, access: (allow) => [allow.owner()] }) } },
  functions: {
    report: fn({
      entry: 'test/functions/code/python/report.py',
      on: [created('Note'), schedule('cron(0 3 * * ? *)', { timeZone: 'Europe/Berlin' })],
      access: [use.data('Note', 'read')],
      env: { GREETING: 'hello' },
    }),
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Code'), 'Backend', definition);
app.synth();
