import { createClient } from '../../client/client.ts';
import type { backend } from './backend.ts';

const url = process.env['PLINTH_URL'] ?? 'http://127.0.0.1:3000';
const password = 'local-demo-1';

const owner = createClient<typeof backend>({ url });
await owner.auth.login({ email: 'admin@example.com', password });
const mug = await owner.data.Product.create({ title: 'Mug', priceCents: 1_200, stock: 10, published: true });
const lamp = await owner.data.Product.create({ title: 'Lamp', priceCents: 4_950, stock: 3, published: true });

const buyer = createClient<typeof backend>({ url });
await buyer.auth.login({ email: 'ada@example.com', password });
await buyer.data.CartItem.create({ productId: mug.id, quantity: 2 });
await buyer.data.CartItem.create({ productId: lamp.id, quantity: 1 });
const { items } = await buyer.data.CartItem.list();
const checkout = await buyer.payments.checkout({ items: items.map(({ productId, quantity }) => ({ id: productId, quantity })) });
console.log(`Pay at ${checkout.url}`);

for (;;) {
  const [order] = (await buyer.data.Order.list({ filter: { createdAt: { gt: mug.createdAt } } })).items;
  if (order !== undefined) {
    console.log(`Order ${order.id}: ${(order.totalCents / 100).toFixed(2)} ${order.currency.toUpperCase()}`);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}
