import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, belongsTo, call, defineBackend, fn, hasMany, model, schedule, use } from '../../lib/index.ts';

const input = z.object({ step: z.enum(['chosenId', 'keyedChange', 'email', 'push', 'analytics']), text: z.string() });

export const definition = defineBackend({
  data: {
    models: {
      Shelf: model({
        fields: { name: z.string() },
        unique: ['name'],
        relations: { books: hasMany('Book', 'shelfId') },
        access: (allow) => [allow.owner()],
      }),
      Book: model({
        fields: { shelfId: z.string() },
        indexes: { byShelf: ['shelfId', 'createdAt'] },
        relations: { shelf: belongsTo('Shelf', 'shelfId', { onDelete: 'cascade' }) },
        access: (allow) => [allow.owner()],
      }),
    },
  },
  integrations: {
    email: { from: 'Shop <shop@example.com>' },
    analytics: { events: { 'book.lent': z.object({ title: z.string() }) } },
  },
  push: { web: { subject: 'mailto:ops@example.com' } },
  functions: {
    librarian: fn({
      entry: 'test/functions/code/librarian.ts',
      on: [
        call('librarian', { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) }),
        schedule('rate(1 hour)'),
      ],
      access: [use.data('Shelf', 'read', 'create', 'update', 'delete'), use.email, use.push, use.analytics],
    }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Code'), 'Backend', definition);
  app.synth();
}
