import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, call, defineBackend, event, fn, queue, use } from '../../lib/index.ts';

const order = z.object({ orderId: z.string() });
const told = z.object({ type: z.string(), data: z.unknown(), key: z.any().optional() });
const tell = (name: string) =>
  fn({
    entry: 'test/functions/code/tell.ts',
    on: [
      call(name, {
        access: (allow) => [allow.signedIn()],
        input: z.object({ events: z.array(told), together: z.boolean().default(false) }),
        output: z.object({ fault: z.unknown() }),
      }),
    ],
    access: [use.events('order.shipped', 'order.paid')],
  });

export const definition = defineBackend({
  events: { types: { 'order.shipped': order, 'order.paid': order, 'order.lost': order } },
  integrations: { webhooks: {} },
  functions: {
    tell: tell('tell'),
    tellToo: tell('tellToo'),
    again: fn({
      entry: 'test/functions/code/again.ts',
      on: [queue({ message: z.object({ id: z.string() }) })],
      access: [use.events('order.shipped')],
    }),
    ask: fn({
      entry: 'test/functions/code/ask.ts',
      on: [call('ask', { access: (allow) => [allow.signedIn()], input: z.object({ id: z.string() }), output: z.object({}) })],
      access: [use.queue('again')],
    }),
    hears: fn({ entry: 'test/functions/code/hears.ts', on: [event('order.shipped', 'order.paid')] }),
  },
});

if (process.env['TEST_APP_SETTINGS'] !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  new Backend(new Stack(app, 'Code'), 'Backend', definition);
  app.synth();
}
