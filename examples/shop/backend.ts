import { z } from 'zod';
import { before, call, created, defineBackend, event, fn, model, schedule, use } from '../../lib/index.ts';

const cents = z.int().min(0);

/** Guests see what is published; admins see and change everything. */
const Product = model({
  fields: {
    title: z.string().trim().min(1).max(120),
    priceCents: cents.min(1),
    /** What is there to be sold. Below zero: sold to two buyers at once, and to be ordered again. */
    stock: z.int().default(0),
    published: z.boolean().default(false),
  },
  indexes: { byPublished: ['published', 'title'] },
  access: (allow) => [allow.anyone().to('read').when({ published: true }), allow.group('admins')],
});

const CartItem = model({
  fields: { productId: z.string(), quantity: z.int().min(1).max(99) },
  access: (allow) => [allow.owner()],
});

/** Nobody but the system makes or changes them. The id is that of the payment, so that a payment has one order. */
const Order = model({
  fields: {
    items: z.array(z.object({ productId: z.string(), title: z.string(), quantity: z.int(), priceCents: cents })).max(40),
    totalCents: cents,
    currency: z.string().length(3),
    /** When it was paid, UTC: `2026-11-24`. */
    day: z.string().length(10),
  },
  indexes: { byDay: ['day'] },
  access: (allow) => [allow.owner().to('read'), allow.group('admins').to('read')],
});

export const backend = defineBackend({
  data: { models: { Product, CartItem, Order } },
  events: {
    types: { 'order.placed': z.object({ orderId: z.string(), owner: z.string(), totalCents: cents, currency: z.string() }) },
  },
  integrations: {
    payments: {
      secretName: 'shop/stripe',
      currency: 'eur',
      catalog: { model: 'Product', price: 'priceCents', name: 'title', when: { published: true } },
      successUrl: 'https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}',
      cancelUrl: 'https://shop.example.com/cart',
    },
    email: {
      from: 'Shop <hello@shop.example.com>',
      templates: {
        receipt: {
          subject: 'Your order {{number}}',
          entry: 'examples/shop/receipt.html',
          values: z.object({ number: z.string(), lines: z.string(), total: z.string() }),
        },
      },
    },
    webhooks: { events: ['order.placed'] },
  },
  functions: {
    // A cart takes what is published and there.
    checkCart: fn({
      entry: 'examples/shop/functions/check-cart.ts',
      on: [before.create('CartItem'), before.update('CartItem')],
      access: [use.data('Product', 'read')],
    }),
    // What was paid becomes an order.
    placeOrder: fn({
      entry: 'examples/shop/functions/place-order.ts',
      on: [event('payment.succeeded')],
      access: [use.data('Order', 'create'), use.data('Product', 'read', 'update'), use.data('CartItem', 'read', 'delete')],
    }),
    // An order is told to its buyer, and to other systems.
    confirmOrder: fn({
      entry: 'examples/shop/functions/confirm-order.ts',
      on: [created('Order')],
      access: [use.data('Order', 'read'), use.email, use.events('order.placed')],
    }),
    // What was sold the day before, by night; and on any day, for admins: client.functions.salesOf({ day }).
    dailyReport: fn({
      entry: 'examples/shop/report/daily_report.py',
      on: [
        schedule('cron(0 2 * * ? *)'),
        call('salesOf', {
          access: (allow) => [allow.group('admins')],
          input: z.object({ day: z.iso.date() }),
          output: z.object({ day: z.string(), orders: z.int(), revenueCents: z.int() }),
        }),
      ],
      access: [use.data('Order', 'read')],
    }),
  },
});
