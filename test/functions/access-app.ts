import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, before, call, created, defineBackend, fn, folder, model, updated, uploaded, use, user } from '../../lib/index.ts';

const input = z.object({ step: z.string(), id: z.string().default(''), as: z.enum(['system', 'caller']).default('system') });

export const definition = defineBackend({
  data: {
    models: {
      Note: model({ fields: { text: z.string() }, indexes: { byText: ['text', 'createdAt'] }, access: (allow) => [allow.owner()] }),
      Lap: model({ fields: { count: z.int().default(0) }, access: (allow) => [allow.owner()] }),
      Audit: model({ fields: { noteId: z.string(), what: z.string() }, access: (allow) => [allow.group('admins').to('read')] }),
    },
  },
  files: { folders: { avatars: folder('avatars/{owner}', { types: ['image/png'], access: (allow) => [allow.owner()] }) } },
  integrations: { email: { from: 'Shop <shop@example.com>' } },
  push: { web: { subject: 'mailto:ops@example.com' } },
  functions: {
    work: fn({
      entry: 'test/functions/code/work.ts',
      on: [call('work', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })],
      access: [use.data('Note', 'read', 'create', 'update', 'delete'), use.files('avatars', 'read'), use.push, use.email],
    }),
    narrow: fn({
      entry: 'test/functions/code/work.ts',
      on: [call('narrow', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })],
      access: [use.data('Note', 'read')],
    }),
    quick: fn({
      entry: 'test/functions/code/work.ts',
      on: [call('quick', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })],
      access: [use.data('Note', 'read', 'create', 'update', 'delete')],
      timeoutSeconds: 3,
    }),
    brisk: fn({
      entry: 'test/functions/code/work.ts',
      on: [call('brisk', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })],
      access: [use.data('Note', 'read', 'create', 'update', 'delete')],
      timeoutSeconds: 6,
    }),
    none: fn({
      entry: 'test/functions/code/work.ts',
      on: [call('none', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })],
    }),
    follow: fn({ entry: 'test/functions/code/follow.ts', on: [created('Note')], access: [use.data('Audit', 'create')] }),
    arrivals: fn({
      entry: 'test/functions/code/arrivals.ts',
      on: [uploaded('avatars'), user.confirmed],
      access: [use.files('avatars', 'read')],
    }),
    loop: fn({ entry: 'test/functions/code/loop.ts', on: [updated('Lap')], access: [use.data('Lap', 'update')] }),
    door: fn({ entry: 'test/functions/code/door.ts', on: [before.signUp] }),
    guard: fn({ entry: 'test/functions/code/guard.ts', on: [before.create('Note'), before.update('Note'), before.delete('Note')] }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Code'), 'Backend', definition);
  app.synth();
}
