import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, belongsTo, defineBackend, folder, model } from '../../lib/index.ts';

/** Goes with its owner, unless somebody has commented on it. */
const Note = model({
  fields: { title: z.string(), slug: z.string().optional() },
  unique: ['slug'],
  count: ['owner'],
  access: (allow) => [allow.owner(), allow.signedIn().to('read')],
  requireIfMatch: true,
  onUserDelete: 'delete',
});
/** No rule speaks of the owner. */
const Comment = model({
  fields: { noteId: z.string(), text: z.string() },
  indexes: { byNote: ['noteId'] },
  relations: { note: belongsTo('Note', 'noteId', { onDelete: 'restrict' }) },
  access: (allow) => [allow.signedIn()],
  onUserDelete: 'delete',
});
/** Goes with its note, whoever made it. */
const Like = model({
  fields: { noteId: z.string() },
  indexes: { byNote: ['noteId'] },
  relations: { note: belongsTo('Note', 'noteId', { onDelete: 'cascade' }) },
  access: (allow) => [allow.signedIn()],
});
/** Stays. */
const Order = model({ fields: { total: z.int() }, access: (allow) => [allow.owner(), allow.group('admins').to('read')] });

const definition = defineBackend({
  data: { models: { Note, Comment, Like, Order } },
  files: {
    folders: {
      letters: folder('letters/{owner}', { access: (allow) => [allow.owner()], types: ['text/plain'], onUserDelete: 'delete' }),
      bills: folder('bills/{owner}', { access: (allow) => [allow.owner(), allow.group('admins')], types: ['text/plain'] }),
    },
  },
  integrations: {
    analytics: { events: { 'page.viewed': z.object({ path: z.string() }) } },
    payments: {
      secretName: 'shop/stripe',
      currency: 'eur',
      plans: { pro: 'price_pro' },
      successUrl: 'https://shop.example.com/thanks',
      cancelUrl: 'https://shop.example.com/cart',
      onUserDelete: 'cancel',
    },
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Leaving'), 'Backend', definition);
app.synth();
