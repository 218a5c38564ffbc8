import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, type DestinationOptions, defineBackend, from, model, segment } from '../../lib/index.ts';

const order = model({
  fields: {
    total: z.int(),
    email: z.email().optional(),
    note: z.string().max(300_000).optional(),
    more: z.string().max(300_000).optional(),
  },
  access: (allow) => [allow.owner()],
});
const crm: DestinationOptions = {
  url: 'https://api.crm.example.com/orders/{data.id}',
  method: 'PUT',
  types: ['Order.created', 'Order.updated'],
  when: { total: { gte: 100 } },
  authorization: { kind: 'bearer', secretName: 'crm/api' },
  body: { total: from('data.new.total'), version: from('data.version'), currency: 'EUR' },
  headers: { 'idempotency-key': from('id') },
};
const definition = defineBackend({
  data: { models: { Order: order } },
  events: {
    destinations: {
      crm,
      signed: {
        url: 'https://api.example.com/deleted',
        types: ['Order.deleted'],
        authorization: { kind: 'oauth', secretName: 'crm/api', tokenUrl: 'https://login.example.com/token', scope: 'write' },
        body: 'event',
        ratePerSecond: 4,
      },
      segment: segment({
        secretName: 'segment',
        types: ['Order.created'],
        userId: from('data.new.owner'),
        properties: { total: from('data.new.total') },
      }),
    },
  },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Destinations'), 'Backend', definition);
app.synth();
