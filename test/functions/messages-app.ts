import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, call, created, defineBackend, deleted, event, fn, model, queue, schedule, updated, use } from '../../lib/index.ts';

const message = z.object({ id: z.int(), mode: z.enum(['fine', 'poison', 'late', 'odd', 'hangs']) });

export const definition = defineBackend({
  data: {
    models: {
      Note: model({
        fields: { text: z.string(), loud: z.boolean().default(false) },
        access: (allow) => [allow.owner()],
      }),
    },
  },
  events: { types: { 'order.shipped': z.object({ orderId: z.string() }), 'order.cancelled': z.object({}) } },
  functions: {
    effects: fn({
      entry: 'test/functions/code/effects.ts',
      on: [created('Note', { when: { loud: true } }), updated('Note'), deleted('Note'), event('order.shipped')],
    }),
    worker: fn({ entry: 'test/functions/code/worker.ts', on: [queue({ message, batch: 10 })], timeoutSeconds: 5 }),
    clock: fn({ entry: 'test/functions/code/clock.ts', on: [schedule('rate(1 hour)')] }),
    sender: fn({
      entry: 'test/functions/code/sender.ts',
      on: [
        call('send', {
          access: (allow) => [allow.signedIn()],
          input: z.object({
            orders: z.array(z.string()).default([]),
            messages: z.array(z.unknown()).default([]),
            delaySeconds: z.int().default(0),
            forbidden: z.boolean().default(false),
          }),
          output: z.object({ fault: z.unknown().optional() }),
        }),
      ],
      access: [use.events('order.shipped'), use.queue('worker')],
    }),
  },
});

const settings = process.env['TEST_APP_SETTINGS'];
if (settings !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Code'), 'Backend', definition);
  app.synth();
}
