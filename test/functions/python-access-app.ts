import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, call, defineBackend, event, fn, folder, model, updated, use } from '../../lib/index.ts';

const entry = 'test/functions/code/python-calls/work.py';
const input = z.object({ step: z.string(), id: z.string().default(''), asCaller: z.boolean().default(false) });
const output = z.object({ result: z.unknown() });

export const definition = defineBackend({
  data: {
    models: {
      Note: model({ fields: { text: z.string() }, indexes: { byText: ['text', 'createdAt'] }, access: (allow) => [allow.owner()] }),
      Lap: model({ fields: { count: z.int().default(0) }, access: (allow) => [allow.owner()] }),
      Audit: model({ fields: { what: z.string() }, access: (allow) => [allow.group('admins')] }),
    },
  },
  files: { folders: { avatars: folder('avatars/{owner}', { types: ['image/png'], access: (allow) => [allow.owner()] }) } },
  events: { types: { 'order.shipped': z.object({ orderId: z.string() }), 'order.cancelled': z.object({}) } },
  functions: {
    work: fn({
      entry,
      on: [call('work', { access: (allow) => [allow.anyone()], input, output })],
      access: [use.data('Note', 'read', 'create', 'update', 'delete'), use.files('avatars', 'read'), use.events('order.shipped')],
    }),
    narrow: fn({
      entry,
      on: [call('narrow', { access: (allow) => [allow.signedIn()], input, output })],
      access: [use.data('Note', 'read')],
    }),
    none: fn({ entry, on: [call('none', { access: (allow) => [allow.signedIn()], input, output })] }),
    loop: fn({ entry, on: [updated('Lap')], access: [use.data('Lap', 'update')] }),
    told: fn({ entry: 'test/functions/code/python-calls/told.py', on: [event('order.shipped')] }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Code'), 'Backend', definition);
  app.synth();
}
