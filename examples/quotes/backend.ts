import { z } from 'zod';
import { call, created, defineBackend, fn, model, schedule, use } from '../../lib/index.ts';

const Product = model({
  fields: { name: z.string().max(100), price: z.number().min(0), stock: z.int().min(0).default(0) },
  indexes: { byStock: ['*', 'stock'] },
  access: (allow) => [allow.anyone().to('read'), allow.group('admins')],
});

const Order = model({
  fields: { productId: z.string(), count: z.int().min(1) },
  access: (allow) => [allow.owner().to('create', 'read')],
});

export const backend = defineBackend({
  data: { models: { Product, Order } },
  functions: {
    // client.functions.quote({ productId, count })
    quote: fn({
      entry: 'examples/quotes/functions/quote.ts',
      on: [
        call('quote', {
          access: (allow) => [allow.signedIn()],
          input: z.object({ productId: z.string(), count: z.int().min(1).max(100) }),
          output: z.object({ price: z.number() }),
        }),
      ],
      access: [use.data('Product', 'read')],
    }),
    // After each new order, and once a night.
    stock: fn({
      entry: 'examples/quotes/functions/stock.ts',
      on: [created('Order'), schedule('cron(0 3 * * ? *)', { timeZone: 'Europe/Berlin' })],
      access: [use.data('Product', 'read', 'update')],
    }),
  },
});
